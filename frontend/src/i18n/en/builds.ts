export const builds = {
  title: "Builds",
};

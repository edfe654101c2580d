export default function EnvironmentPage({ name }: { name: string }) {
  return <p>{name}</p>;
}

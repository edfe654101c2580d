export default function BuildPage({ id }: { id: number }) {
  return <p>{id}</p>;
}

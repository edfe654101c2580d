export default function EditPage({ name }: { name: string }) {
  return <p>{name}</p>;
}

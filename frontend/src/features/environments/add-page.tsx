export default function AddPage() {
  return <p />;
}

import { connect, createServer, type Server, type Socket } from "node:net";
import type { AddressInfo } from "node:net";

/** A network between a browser and the Hub that can be cut: open connections break, new ones fail. */
export class Relay {
  private readonly sockets = new Set<Socket>();
  private isCut = false;

  private constructor(
    private readonly server: Server,
    private readonly target: URL,
  ) {}

  static async before(address: string): Promise<Relay> {
    const server = createServer();
    const relay = new Relay(server, new URL(address));
    server.on("connection", (socket) => relay.join(socket));
    await new Promise<void>((resolve) => server.listen(0, relay.target.hostname, resolve));
    return relay;
  }

  /** The address, which the browser reaches by the relay. */
  through(address: string): string {
    const { port } = this.server.address() as AddressInfo;
    return address.replace(this.target.host, `${this.target.hostname}:${port}`);
  }

  cut(): void {
    this.isCut = true;
    for (const socket of this.sockets) socket.destroy();
  }

  mend(): void {
    this.isCut = false;
  }

  close(): void {
    this.cut();
    this.server.close();
  }

  private join(browser: Socket): void {
    if (this.isCut) {
      browser.destroy();
      return;
    }
    const hub = connect(Number(this.target.port), this.target.hostname);
    for (const [from, to] of [
      [browser, hub],
      [hub, browser],
    ] as const) {
      this.sockets.add(from);
      from.on("error", () => from.destroy());
      from.on("close", () => {
        this.sockets.delete(from);
        to.destroy();
      });
      from.pipe(to);
    }
  }
}

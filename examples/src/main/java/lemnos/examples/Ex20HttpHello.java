package lemnos.examples;

import lemnos.http.HttpServer;

/** An HTTP server. It listens on http://localhost:8080 until it is told to stop. */
public final class Ex20HttpHello {
  private Ex20HttpHello() {}

  /** Runs the example. */
  public static void main(String[] args) throws Exception {
    int port = args.length > 0 ? Integer.parseInt(args[0]) : 8080;
    HttpServer.setup((request, response) -> response.send("Hello, world!\n")).port(port).run();
  }
}

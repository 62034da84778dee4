package lemnos.http;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.function.UnaryOperator;
import lemnos.net.NettyPoller;
import lemnos.net.Transport;
import lemnos.runtime.Runtime;

/** A server for a test, with one worker, and plain sockets to talk to it. */
final class Served implements AutoCloseable {
  /** Whoever is late is not given up, unless that is the test: the machine may be slow. */
  private static final Limits PATIENT =
      Limits.standard().withTimeouts(Duration.ofMinutes(10), Duration.ofMinutes(10));

  private final Runtime runtime;
  final HttpServer server;

  private Served(ServerSetup setup) throws IOException {
    runtime = Runtime.setup().signals(false).poller(NettyPoller.of(transport())).build();
    server = setup.port(0).start(runtime);
  }

  static Served by(Handler handler) throws IOException {
    return by(handler, setup -> setup);
  }

  static Served by(Handler handler, UnaryOperator<ServerSetup> change) throws IOException {
    return new Served(change.apply(HttpServer.setup(handler).limits(PATIENT)));
  }

  /** The one whose turn it is, if this machine has it. */
  private static Transport transport() {
    String name = System.getProperty("lemnos.test.transport");
    Transport transport = name == null ? Transport.best() : Transport.valueOf(name);
    assumeTrue(transport.isAvailable(), () -> "this machine has no " + transport);
    return transport;
  }

  int port() {
    return server.port();
  }

  Runtime runtime() {
    return runtime;
  }

  URI uri(String path) {
    return URI.create("http://127.0.0.1:" + port() + path);
  }

  Socket connect() throws IOException {
    var socket = new Socket(InetAddress.getLoopbackAddress(), port());
    socket.setSoTimeout(60_000);
    return socket;
  }

  /** Sends {@code text}, and returns all that comes back until the server closes. */
  String exchange(String text) throws IOException {
    try (Socket socket = connect()) {
      send(socket, text);
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
    }
  }

  static void send(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  /** What comes up to and with {@code end}. */
  static String readUntil(Socket socket, String end) throws IOException {
    InputStream in = socket.getInputStream();
    var bytes = new ByteArrayOutputStream();
    while (!bytes.toString(StandardCharsets.ISO_8859_1).endsWith(end)) {
      int b = in.read();
      if (b < 0) {
        throw new IOException("ended after: " + bytes.toString(StandardCharsets.ISO_8859_1));
      }
      bytes.write(b);
    }
    return bytes.toString(StandardCharsets.ISO_8859_1);
  }

  /** A response without the header whose value changes. */
  static String withoutDate(String response) {
    return response.replaceAll("(?i)date: [^\r]*GMT\r\n", "");
  }

  @Override
  public void close() {
    server.stop(Duration.ofSeconds(5));
    runtime.close();
  }
}

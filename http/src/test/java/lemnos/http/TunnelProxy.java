package lemnos.http;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** A proxy that passes on bytes both ways, once it was asked to CONNECT. */
final class TunnelProxy implements AutoCloseable {
  private final ServerSocket listening = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
  private final List<String> asked = new CopyOnWriteArrayList<>();

  /** What a client must say of itself; null if it need not. */
  private final @Nullable String authorization;

  TunnelProxy() throws IOException {
    this(null);
  }

  TunnelProxy(@Nullable String authorization) throws IOException {
    this.authorization = authorization;
    Thread.ofVirtual().start(this::accept);
  }

  InetSocketAddress address() {
    return new InetSocketAddress("127.0.0.1", listening.getLocalPort());
  }

  /** Whom it was asked to connect to. */
  List<String> asked() {
    return asked;
  }

  private void accept() {
    try {
      while (true) {
        Socket client = listening.accept();
        Thread.ofVirtual().start(() -> tunnel(client));
      }
    } catch (IOException e) {
      // it was closed
    }
  }

  private void tunnel(Socket client) {
    try (client) {
      String head = Served.readUntil(client, "\r\n\r\n");
      String target = head.split(" ")[1];
      asked.add(target);
      if (authorization != null
          && !head.toLowerCase(Locale.ROOT).contains("\r\nproxy-authorization: ")) {
        Served.send(client, "HTTP/1.1 407 Who?\r\nProxy-Authenticate: Basic realm=\"x\"\r\n\r\n");
        return;
      }
      if (authorization != null && !head.contains(": " + authorization + "\r\n")) {
        Served.send(client, "HTTP/1.1 407 No\r\nContent-Length: 2\r\n\r\nno");
        return;
      }
      int colon = target.lastIndexOf(':');
      int port = Integer.parseInt(target.substring(colon + 1));
      try (var server = new Socket(InetAddress.getLoopbackAddress(), port)) {
        Served.send(client, "HTTP/1.1 200 Connected\r\n\r\n");
        Thread back = Thread.ofVirtual().start(() -> copy(server, client));
        copy(client, server);
        back.join();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void copy(Socket from, Socket to) {
    try {
      from.getInputStream().transferTo(to.getOutputStream());
      to.shutdownOutput();
    } catch (IOException e) {
      // one of them is gone, and so is the tunnel
    }
  }

  @Override
  public void close() throws IOException {
    listening.close();
  }
}

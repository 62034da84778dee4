package lemnos.app;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import lemnos.examples.redis.RedisServer;
import picocli.CommandLine.Command;

/** Starts the demo, talks to it and ends: what the launcher makes its AOT cache from. */
@Command(
    name = "warm-up",
    description = "Starts the demo, talks to it and ends; the launcher trains on it.",
    hidden = true)
final class WarmUpCommand implements Callable<Integer> {
  private static final String TALK =
      "PING\r\nSET key value EX 100\r\nGET key\r\nINCR n\r\nLPUSH list a b\r\nLRANGE list 0 -1\r\n"
          + "HSET hash f v\r\nHGETALL hash\r\nMSET a 1 b 2\r\nMGET a b\r\nDEL a b\r\nNONSENSE\r\n"
          + "*1\r\n$4\r\nPING\r\nQUIT\r\n";

  @Override
  public Integer call() throws IOException {
    try (var server = RedisServer.start(new RedisServer.Options("127.0.0.1", 0, 2, false))) {
      for (int i = 0; i < 20; i++) {
        talk(server.port());
      }
    }
    return 0;
  }

  private static void talk(int port) throws IOException {
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.getOutputStream().write(TALK.getBytes(StandardCharsets.US_ASCII));
      var in = new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII);
      while (new BufferedReader(in).readLine() != null) {
        // until the server closes
      }
    }
  }
}

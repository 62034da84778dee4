package lemnos.http;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** Very many clients that have asked once and are silent now; the server is another process. */
@Timeout(180)
@EnabledOnOs(OS.LINUX)
final class IdleConnectionsTest {
  /** Or as many as this process may have. */
  private static final int MANY = 10_000;

  private static final int WARM_UP = 500;
  private static final int LEAST = 1_000;
  private static final long MAX_BYTES_EACH = 20_000;

  private static Process server() throws IOException {
    List<String> java = new ArrayList<>();
    java.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    for (String arg : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
      if (arg.startsWith("--add-") || arg.startsWith("--enable-native")) {
        java.add(arg);
      }
    }
    java.addAll(List.of("-XX:+UseCompactObjectHeaders", "-XX:+UseSerialGC", "-Xmx256m"));
    java.addAll(List.of("-cp", System.getProperty("java.class.path"), IdleServer.class.getName()));
    return new ProcessBuilder(java).redirectError(ProcessBuilder.Redirect.INHERIT).start();
  }

  private static void send(Socket socket, String path) throws IOException {
    Served.send(
        socket,
        ("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nUser-Agent: IdleConnectionsTest\r\n")
            + "Accept: */*\r\n\r\n");
  }

  private static String ask(Socket socket, String path) throws IOException {
    send(socket, path);
    String head = Served.readUntil(socket, "\r\n\r\n");
    int length = Integer.parseInt(head.replaceAll("(?is).*content-length: (\\d+)\r.*", "$1"));
    return new String(socket.getInputStream().readNBytes(length), US_ASCII);
  }

  private static long[] usage(Socket socket) throws IOException {
    String[] words = ask(socket, "/usage").split(" ", -1);
    return new long[] {Long.parseLong(words[0]), Long.parseLong(words[1])};
  }

  @Test
  void theyTakeLittleMemory() throws Exception {
    Process server = server();
    List<Socket> clients = new ArrayList<>();
    try {
      int port = Integer.parseInt(server.inputReader().readLine());
      var asking = new Socket(InetAddress.getLoopbackAddress(), port);
      clients.add(asking);
      asking.setSoTimeout(60_000);
      open(clients, WARM_UP, port); // the code is there, and compiled
      long[] before = usage(asking);
      open(clients, WARM_UP + MANY, port);
      long[] after = usage(asking);
      long more = after[0] - before[0];
      long each = (after[1] - before[1]) / more;
      System.out.println(more + " more connections: " + each + " bytes each, in all " + after[1]);
      assertThat(more).isEqualTo(clients.size() - WARM_UP).isGreaterThanOrEqualTo(LEAST);
      assertThat(each).isLessThan(MAX_BYTES_EACH);
    } finally {
      server.destroyForcibly();
      for (Socket client : clients) {
        client.close();
      }
    }
  }

  /** Opens as many as are missing, unless the process may have no more. */
  private static void open(List<Socket> clients, int number, int port) throws IOException {
    while (clients.size() < number) {
      Socket socket;
      try {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
      } catch (IOException _) {
        return;
      }
      clients.add(socket);
      socket.setSoTimeout(60_000);
      send(socket, "/");
      if (socket.getInputStream().read() < 0) {
        throw new IOException("closed without an answer");
      }
    }
  }
}

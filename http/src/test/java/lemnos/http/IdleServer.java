package lemnos.http;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A server in a process of its own. Prints its port; says, when asked for {@code /usage}, how many
 * connections it has and how much memory that takes; and ends with its standard input.
 */
final class IdleServer {
  private static final AtomicReference<HttpServer> SERVER = new AtomicReference<>();

  private IdleServer() {}

  private static void answer(Request request, Response response) throws IOException {
    if (request.path().equals("/usage")) {
      response.send(SERVER.get().connections() + " " + residentBytes());
    } else {
      response.send("Hello, " + request.header("user-agent"));
    }
  }

  /** The memory that is in use by this process, as the system sees it. */
  private static long residentBytes() throws IOException {
    System.gc();
    for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
      if (line.startsWith("VmRSS:")) {
        return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
      }
    }
    throw new IOException("/proc/self/status does not tell of memory");
  }

  public static void main(String[] args) throws IOException {
    var patient = Limits.standard().withTimeouts(Duration.ofMinutes(5), Duration.ofMinutes(5));
    SERVER.set(HttpServer.setup(IdleServer::answer).port(0).limits(patient).start());
    System.out.println(SERVER.get().port());
    while (System.in.read() >= 0) {}
    System.exit(0);
  }
}

package lemnos.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** What a server does when the system gives no more, and what it takes, in JVMs of their own. */
@Timeout(300)
final class LimitsTest {
  /** Runs a program of this module's tests; returns what it prints, line by line. */
  private static List<String> run(String shell, Class<?> program, String... args) throws Exception {
    List<String> java = new ArrayList<>();
    java.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    for (String arg : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
      if (arg.startsWith("--add-") || arg.startsWith("--enable-native")) {
        java.add(arg);
      }
    }
    java.addAll(List.of("-XX:+UseCompactObjectHeaders", "-XX:+UseSerialGC", "-Xmx64m", "-ea"));
    java.addAll(List.of("-cp", System.getProperty("java.class.path"), program.getName()));
    java.addAll(List.of(args));
    List<String> command = new ArrayList<>(List.of("sh", "-c", shell + "exec \"$@\"", "sh"));
    command.addAll(java);
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    try {
      List<String> lines = process.inputReader().lines().toList();
      assertTrue(process.waitFor(1, TimeUnit.MINUTES), "still running: " + lines);
      assertEquals(0, process.exitValue(), lines.toString());
      return lines;
    } finally {
      process.destroyForcibly();
    }
  }

  private static long number(List<String> lines, String name) {
    for (String line : lines) {
      if (line.startsWith(name + "=")) {
        return Long.parseLong(line.substring(name.length() + 1));
      }
    }
    throw new AssertionError("no " + name + " in " + lines);
  }

  /** With few file descriptors: accepting fails, pauses without spinning, and goes on later. */
  @EachTransport
  @EnabledOnOs(OS.LINUX)
  void acceptingPausesWhileThereAreNoFileDescriptors(Transport transport) throws Exception {
    List<String> lines = run("ulimit -n 200 && ", FewFiles.class, transport.name());
    assertEquals(1, number(lines, "established"), lines.toString());
    assertEquals(1, number(lines, "recovered"), lines.toString());
    assertTrue(number(lines, "cpuMillisASecond") < FewFiles.MUCH, lines.toString());
  }

  /**
   * What a message may cost, in bytes, with room for one small object that the compiler may leave
   * out in one process and not in another. Over epoll it was 0 in all that were looked at, over
   * io_uring 8 and over NIO 152 at most, which are Netty's and the JDK's.
   */
  private static long bytesOfAMessage(Transport transport) {
    return switch (transport) {
      case EPOLL, KQUEUE -> 16;
      case IO_URING -> 24;
      case NIO -> 168;
    };
  }

  /** Alone in its JVM, since what the compiler leaves out depends on what else has been run. */
  @EachTransport
  void messagesThatComeAndGoCostNoMemory(Transport transport) throws Exception {
    long most = 1_000 * bytesOfAMessage(transport);
    List<String> lines = run("", MessageCost.class, transport.name(), Long.toString(most));
    assertTrue(number(lines, "bytes") <= most, lines.toString());
  }

  /** Nine thousand connections that say nothing: both ends need a file descriptor of ours. */
  @Test
  @EnabledOnOs(OS.LINUX)
  void idleConnectionsTakeLittleMemory() throws Exception {
    List<String> lines = run("", ManyIdle.class, Transport.best().name());
    assertEquals(1, number(lines, "alive"), lines.toString());
    long connections = number(lines, "connections");
    long bytes = number(lines, "bytes");
    assumeTrue(connections >= 1000, lines::toString); // or the memory of other things counts
    assertTrue(bytes / connections < 20_000, lines.toString());
  }
}

package lemnos.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** What a server does when the system gives no more, and what it takes, in JVMs of their own. */
@Timeout(300)
final class LimitsTest {
  /** Twice: accepting fails, which is said once, pauses without spinning, and goes on later. */
  @EachTransport
  @EnabledOnOs(OS.LINUX)
  void acceptingPausesWhileThereAreNoFileDescriptors(Transport transport) throws Exception {
    List<String> lines = OwnJvm.run("ulimit -n 200 && ", FewFiles.class, transport.name());
    assertEquals(List.of(1L, 1L), OwnJvm.numbers(lines, "established"), lines.toString());
    assertEquals(List.of(1L, 1L), OwnJvm.numbers(lines, "recovered"), lines.toString());
    for (long busy : OwnJvm.numbers(lines, "cpuMillisASecond")) {
      assertTrue(busy < FewFiles.MUCH, lines.toString());
    }
    long warnings = lines.stream().filter(line -> line.contains("cannot accept")).count();
    assertEquals(FewFiles.ROUNDS, warnings, lines.toString());
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
    List<String> lines = OwnJvm.run("", MessageCost.class, transport.name(), Long.toString(most));
    assertTrue(OwnJvm.number(lines, "bytes") <= most, lines.toString());
  }

  /** Nine thousand connections that say nothing: both ends need a file descriptor of ours. */
  @Test
  @EnabledOnOs(OS.LINUX)
  void idleConnectionsTakeLittleMemory() throws Exception {
    List<String> lines = OwnJvm.run("", ManyIdle.class, Transport.best().name());
    assertEquals(1, OwnJvm.number(lines, "alive"), lines.toString());
    long connections = OwnJvm.number(lines, "connections");
    long bytes = OwnJvm.number(lines, "bytes");
    assumeTrue(connections >= 1000, lines::toString); // or the memory of other things counts
    assertTrue(bytes / connections < 20_000, lines.toString());
  }
}

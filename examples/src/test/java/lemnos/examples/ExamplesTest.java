package lemnos.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** Every numbered example prints what it should. */
@Timeout(300)
final class ExamplesTest {
  private interface Example {
    void main(String[] args) throws Exception;
  }

  @BeforeAll
  static void showNoWindow() {
    System.setProperty("java.awt.headless", "true");
  }

  private static List<String> printed(Example example) throws Exception {
    return printed(example, OutputStream.nullOutputStream());
  }

  /** What an example prints; {@code watcher} gets it too. */
  private static List<String> printed(Example example, OutputStream watcher) throws Exception {
    PrintStream before = System.out;
    var bytes = new ByteArrayOutputStream();
    var both =
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            bytes.write(b);
            watcher.write(b);
          }
        };
    System.setOut(new PrintStream(both, true, StandardCharsets.UTF_8));
    try {
      example.main(new String[0]);
    } finally {
      System.setOut(before);
    }
    return bytes.toString(StandardCharsets.UTF_8).lines().toList();
  }

  @Test
  void helloIsQueuedBeforeItRuns() throws Exception {
    assertEquals(
        List.of(
            "Nothing has run so far.",
            "Hello, Hephaistos! You are number 1.",
            "Hello, Philoctetes! You are number 2."),
        printed(Ex01Hello::main));
  }

  @Test
  void everyQuestionIsAnsweredOrSaidToHaveNoAnswer() throws Exception {
    assertEquals(
        List.of(
            "Account: Actor failed: lemnos.core.ActorFailure: overdrawn",
            "Balance: 100",
            "Withdrew 30: true",
            "Withdrew 99: no answer",
            "Balance: no answer"),
        printed(Ex02Replies::main));
  }

  @Test
  void twoNightsPassInVirtualTime() throws Exception {
    assertEquals(
        List.of("Hour 20: lit", "Hour 30: dark", "Hour 44: lit", "Hour 54: dark", "Actor stopped"),
        printed(Ex03VirtualTime::main));
  }

  @Test
  void sequentialActorsTalk() throws Exception {
    assertEquals(
        List.of("Soup is ready", "Fish is ready", "Cake is ready", "Closed."),
        printed(Ex04Sequential::main));
  }

  @Test
  void aRestartedActorKeepsItsMessages() throws Exception {
    assertEquals(
        List.of("Sum: 1", "Sum: 3", "Restarting after: For input string: \"three\"", "Sum: 1004"),
        printed(Ex05Supervisor::main));
  }

  /** Connects to the address in the first line, reads what is told there, and ends the example. */
  private static final class Visitor extends OutputStream {
    final CompletableFuture<String> told = new CompletableFuture<>();
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();

    @Override
    public void write(int b) {
      if (b != '\n') {
        line.write(b);
      } else if (!told.isDone()) {
        String text = line.toString(StandardCharsets.UTF_8);
        int port = Integer.parseInt(text.substring(text.lastIndexOf(':') + 1));
        Thread.ofVirtual().start(() -> visit(port));
        line.reset();
      }
    }

    private void visit(int port) {
      try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
        told.complete(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
        new ProcessBuilder("kill", "-TERM", "" + ProcessHandle.current().pid()).start();
      } catch (IOException e) {
        told.completeExceptionally(e);
      }
    }
  }

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void everybodyIsToldTheirAddress() throws Exception {
    var visitor = new Visitor();
    List<String> lines = printed(_ -> Ex06MyIp.main(new String[] {"0"}), visitor);
    assertEquals("Closed.", lines.getLast());
    assertEquals("127.0.0.1\n", visitor.told.join());
  }

  @Test
  void aRequestIsAnsweredOrSaidNotToBe() throws Exception {
    assertEquals(
        List.of("42 / 7 = 6", "42 / 0: no response", "42 / 6 = 7"), printed(Ex07Rpc::main));
  }

  @Test
  void aSyncActorBlocksNobodyElse() throws Exception {
    assertEquals(
        List.of("1 Far off", "2 in Lemnos", "3 fire sleeps"), printed(Ex08SyncActor::main));
  }

  @Test
  void restartsHaveALimit() throws Exception {
    assertEquals(
        List.of(
            "Loner begins",
            "Loner begins",
            "Loner begins",
            "index begins",
            "store begins",
            "store: forge",
            "store ends",
            "index ends",
            "index begins",
            "store begins",
            "store: anvil",
            "store ends",
            "index ends",
            "The tree has given up: smouldering"),
        printed(Ex10Restarts::main));
  }

  /** Sends the process the next signal whenever the example has printed a line. */
  private static final class Killer extends OutputStream {
    private final Deque<String> signals;

    Killer(String... signals) {
      this.signals = new ArrayDeque<>(List.of(signals));
    }

    @Override
    public void write(int b) throws IOException {
      String signal = b == '\n' ? signals.poll() : null;
      if (signal != null) {
        new ProcessBuilder("kill", "-" + signal, "" + ProcessHandle.current().pid()).start();
      }
    }
  }

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void signalsAreMessages() throws Exception {
    assertEquals(
        List.of("Ready with version 1", "USR1: now with version 2", "TERM: closing", "Closed."),
        printed(Ex09Signals::main, new Killer("USR1", "TERM")));
  }

  @Test
  void aTraceTellsWhatActorsAdd() throws Exception {
    assertEquals(
        List.of(
            "Arrived: hello",
            "Arrived: world",
            "Handling [word=hello, number=1]",
            "Handling [word=world, number=2]",
            "Handling [word=hello, number=1]",
            "Handling [word=world, number=2]",
            "Handling [word=hello, number=1]",
            "Handling [word=world, number=2]"),
        printed(Ex11Tracing::main));
  }

  @Test
  void aDriverRunsALoopInRealAndInVirtualTime() throws Exception {
    assertEquals(
        List.of(
            "T minus 3",
            "T minus 2",
            "T minus 1",
            "Lift-off",
            "Actor stopped",
            "T minus 3",
            "T minus 2",
            "T minus 1",
            "Lift-off",
            "Actor stopped at 2026-11-01T09:00:00Z"),
        printed(Ex12PlainMain::main));
  }

  @Test
  void aLoopRunsOnSwingsEventQueue() throws Exception {
    assertEquals(
        List.of("25 %, true", "50 %, true", "75 %, true", "100 %, true", "Downloaded."),
        printed(Ex13Swing::main));
  }

  @Test
  void aGameTicksAndPauses() throws Exception {
    assertEquals(
        List.of(
            "Frame 1: ship at 0, 0 plans",
            "Frame 2: ship at 1, 2 plans",
            "Frame 3: ship at 3, 4 plans",
            "Frame 4: ship at 3, 6 plans",
            "Frame 5: ship at 5, 8 plans",
            "Frame 6: ship at 7, 10 plans"),
        printed(Ex14GameTick::main));
  }

  @Test
  void aServerEchoesAndCloses() throws Exception {
    assertEquals(List.of("Echo: Who is there?", "Closed."), printed(Ex15TcpEcho::main));
  }

  @Test
  void objectActorsEcho() throws Exception {
    assertEquals(List.of("Came back: hello", "Closed."), printed(Ex16EchoObjects::main));
  }

  @Test
  void actorsTalkByWayOfUdp() throws Exception {
    assertEquals(
        List.of("Server: Philoctetes", "Client: Hello, Philoctetes"), printed(Ex17UdpRelay::main));
  }
}

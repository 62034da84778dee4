package lemnos.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import lemnos.runtime.ActorOptions;
import lemnos.runtime.ActorRef;
import lemnos.runtime.Context;
import lemnos.runtime.Runtime;
import lemnos.runtime.RuntimeFailure;
import lemnos.runtime.RuntimeRef;
import lemnos.runtime.Signal;
import lemnos.runtime.Supervisor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What systemd would hear on its socket. */
@Timeout(300)
final class SystemdTest {
  private Path path;
  private Socket socket;

  @BeforeEach
  void listen(@TempDir Path folder) throws IOException {
    assumeTrue(Transport.EPOLL.isAvailable());
    path = folder.resolve("notify");
    socket = Socket.newSocketDomainDgram();
    socket.bind(new DomainSocketAddress(path.toFile()));
  }

  @AfterEach
  void close() throws IOException {
    if (socket != null) {
      socket.close();
    }
  }

  /** The next message; the socket does not wait, so we look again and again. */
  private String heard() throws IOException {
    return heard(socket);
  }

  private static String heard(Socket socket) throws IOException {
    ByteBuffer buf = ByteBuffer.allocateDirect(1000);
    int bytes = 0;
    while (bytes == 0) {
      Thread.onSpinWait();
      var from = socket.recvFromDomainSocket(buf, 0, buf.capacity());
      bytes = from == null ? 0 : from.receivedAmount();
    }
    byte[] text = new byte[bytes];
    buf.get(0, text);
    return new String(text, StandardCharsets.UTF_8);
  }

  private String heardButPings() throws IOException {
    String next = heard();
    return next.equals("WATCHDOG=1") ? heardButPings() : next;
  }

  private Systemd systemd(Map<String, String> more) {
    var environment = new java.util.HashMap<>(more);
    environment.put("NOTIFY_SOCKET", path.toString());
    return Objects.requireNonNull(Systemd.of(environment, 42));
  }

  @Test
  void withoutItsSocketThereIsNoSystemd() {
    assertNull(Systemd.of(Map.of(), 42));
    assertNull(Systemd.of(Map.of("NOTIFY_SOCKET", ""), 42));
  }

  @Test
  void statesAndTheirTextAreSent() throws IOException {
    Systemd systemd = systemd(Map.of());
    systemd.enter(Systemd.State.READY, null);
    assertEquals("READY=1\n", heard());
    systemd.enter(Systemd.State.STOPPING, "bye\nbye");
    assertEquals("STOPPING=1\nSTATUS=bye bye\n", heard());
    systemd.status("busy: \u2603\u2603\u2603\u2603\u2603\u2603\u2603\u2603");
    assertEquals("STATUS=busy: \u2603\u2603\u2603\u2603\u2603\u2603\u2603\u2603\n", heard());
    systemd.ping();
    assertEquals("WATCHDOG=1", heard());
    systemd.trigger();
    assertEquals("WATCHDOG=trigger", heard());
    systemd.watchdogTimeout(Duration.ofSeconds(3));
    assertEquals("WATCHDOG_USEC=3000000\n", heard());
    assertEquals(Duration.ofSeconds(3), systemd.watchdogTimeout());
  }

  @Test
  void aServiceFindsSystemdInItsEnvironment() throws Exception {
    OwnJvm.run("NOTIFY_SOCKET='" + path + "' ", Service.class);
    assertEquals("READY=1\n", heard());
    assertEquals("STOPPING=1\n", heard());
  }

  /** As systemd gives to services that run in a container of its own. */
  @Test
  void aSocketMayHaveANameThatIsInNoFileSystem() throws IOException {
    String name = path.getFileName() + "-of-" + ProcessHandle.current().pid();
    Socket other = Socket.newSocketDomainDgram();
    try {
      other.bind(new DomainSocketAddress('\0' + name));
      Objects.requireNonNull(Systemd.of(Map.of("NOTIFY_SOCKET", "@" + name), 42)).ping();
      assertEquals("WATCHDOG=1", heard(other));
    } finally {
      other.close();
    }
  }

  @Test
  void aMessageLeavesNoSocketOpen() throws IOException {
    Systemd systemd = systemd(Map.of());
    long before = OnWorker.openFiles();
    for (int i = 0; i < 500; i++) {
      systemd.ping();
      heard();
    }
    long more = OnWorker.openFiles() - before;
    assertTrue(more < 250, "open now: " + more); // other tests' runtimes may still be ending
  }

  @Test
  void whenNobodyIsLeftWhoCouldTellTheServiceEnds() throws Exception {
    Systemd systemd = systemd(Map.of());
    try (var runtime = Runtime.setup().signals(false).build()) {
      runtime.runOnWorkers(ref -> informer(ref, systemd, () -> {}));
      Thread coordinator = Thread.ofVirtual().start(() -> start(runtime));
      assertEquals("READY=1\n", heard());
      runtime.shutdown();
      assertEquals("STOPPING=1\n", heard());
      coordinator.join();
    }
  }

  private static void start(Runtime runtime) {
    try {
      runtime.start();
    } catch (RuntimeFailure e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void aWatchdogIsForOurProcessAndSaysHowLong() {
    assertNull(systemd(Map.of()).watchdogTimeout());
    assertNull(systemd(Map.of("WATCHDOG_USEC", "soon")).watchdogTimeout());
    assertNull(systemd(Map.of("WATCHDOG_USEC", "0")).watchdogTimeout());
    String tooMuch = Long.toString(Long.MAX_VALUE);
    assertNull(systemd(Map.of("WATCHDOG_USEC", tooMuch)).watchdogTimeout());
    assertNull(systemd(Map.of("WATCHDOG_USEC", "9", "WATCHDOG_PID", "43")).watchdogTimeout());
    assertEquals(
        Duration.ofNanos(9000),
        systemd(Map.of("WATCHDOG_USEC", "9", "WATCHDOG_PID", "42")).watchdogTimeout());
  }

  @Test
  void anActorPingsWhileAllIsWellAndSaysWhenNot() throws Exception {
    Systemd systemd = systemd(Map.of("WATCHDOG_USEC", "2000"));
    var checks = new AtomicInteger();
    Systemd.HealthCheck health =
        () -> {
          if (checks.incrementAndGet() == 2) {
            throw new IOException("the disk is full");
          }
        };
    var actor =
        OnWorker.begin(
            Transport.best(),
            ctx -> {
              ActorRef<Systemd.Message> ref = informer(ctx.runtime(), systemd, health);
              OnWorker.awaitValue(ctx, checks, 3);
              ref.send(new Systemd.Message.Signalled(Signal.USR1));
              ref.send(new Systemd.Message.Doing("still here"));
              ref.send(new Systemd.Message.Signalled(Signal.TERM));
              return true;
            });
    assertEquals("READY=1\n", heard());
    assertEquals("WATCHDOG=1", heard());
    assertEquals("STATUS=java.io.IOException: the disk is full\n", heard());
    assertEquals("STATUS=still here\n", heardButPings());
    assertEquals("STOPPING=1\n", heardButPings());
    actor.get();
  }

  /** What an actor that informs systemd is told, and when. */
  private interface Script {
    void run(Context<Void> ctx, ActorRef<Systemd.Message> informed) throws IOException;
  }

  /** All that systemd hears when {@code script} ends with the service, in time that leaps. */
  private List<String> heardOf(Systemd systemd, Script script) throws Exception {
    var world = new LeapingWorld();
    try (var runtime =
        Runtime.setup()
            .signals(false)
            .world(world)
            .poller(world::poller)
            .watchdog(Duration.ZERO)
            .build()) {
      runtime.runOnWorkers(
          ref -> {
            ActorRef<Systemd.Message> informed = informer(ref, systemd, () -> {});
            ref.spawnLocal(
                Supervisor.<ActorRef<Systemd.Message>>stopping(),
                (Context<Void> ctx, ActorRef<Systemd.Message> to) -> {
                  script.run(ctx, to);
                  to.send(new Systemd.Message.Signalled(Signal.TERM));
                },
                informed,
                ActorOptions.standard());
          });
      runtime.start();
    }
    List<String> all = new ArrayList<>();
    do {
      all.add(heard());
    } while (!all.getLast().equals("STOPPING=1\n"));
    return all;
  }

  /** A message a quarter of the timeout, and so always one before the next ping would be due. */
  @Test
  void manyMessagesDoNotKeepTheActorFromPinging() throws Exception {
    List<String> all =
        heardOf(
            systemd(Map.of("WATCHDOG_USEC", "4000000")),
            (ctx, informed) -> {
              for (int i = 0; i < 5; i++) { // of more, the socket would keep some waiting
                ctx.sleep(Duration.ofSeconds(1));
                informed.send(new Systemd.Message.Doing("n" + i));
              }
            });
    assertEquals(2, Collections.frequency(all, "WATCHDOG=1"), all.toString());
    assertEquals("STATUS=n4\n", all.get(all.size() - 2));
  }

  /** Every second from the first on, where it had been every second second. */
  @Test
  void anotherTimeoutMeansOtherPings() throws Exception {
    Systemd systemd = systemd(Map.of("WATCHDOG_USEC", "4000000"));
    List<String> all =
        heardOf(
            systemd,
            (ctx, informed) -> {
              ctx.sleep(Duration.ofSeconds(1));
              systemd.watchdogTimeout(Duration.ofSeconds(2));
              informed.send(new Systemd.Message.Doing("hurrying"));
              ctx.sleep(Duration.ofMillis(3_500));
            });
    assertEquals(3, Collections.frequency(all, "WATCHDOG=1"), all.toString());
  }

  @Test
  void whatSystemdHasNoRoomForIsNotLostSilently() {
    Systemd systemd = systemd(Map.of());
    var e =
        assertThrows(
            IOException.class,
            () -> {
              while (true) {
                systemd.ping(); // nobody reads
              }
            });
    assertEquals(
        "systemd has not taken 'WATCHDOG=1': too much waits for it already", e.getMessage());
  }

  @Test
  void anActorWaitsUntilSystemdHasRoom() throws Exception {
    Systemd systemd = systemd(Map.of());
    int waiting = 0;
    try {
      while (true) {
        systemd.ping();
        waiting++;
      }
    } catch (IOException _) {
      // there is no room left
    }
    var tried = new CountDownLatch(1);
    var actor =
        OnWorker.begin(
            Transport.best(),
            ctx -> {
              ActorRef<Systemd.Message> ref = informer(ctx.runtime(), systemd, () -> {});
              ctx.sleep(Duration.ofMillis(1)); // it has its turn first
              tried.countDown();
              ref.send(new Systemd.Message.Signalled(Signal.TERM));
              return true;
            });
    tried.await();
    for (int i = 0; i < waiting; i++) {
      assertEquals("WATCHDOG=1", heard());
    }
    assertEquals("READY=1\n", heard());
    assertEquals("STOPPING=1\n", heard());
    actor.get();
  }

  @Test
  void nobodyAtTheSocketIsAnError() {
    var gone = Objects.requireNonNull(Systemd.of(Map.of("NOTIFY_SOCKET", path + "x"), 42));
    assertThrows(IOException.class, gone::ping);
    assertNotNull(gone);
  }

  private static ActorRef<Systemd.Message> informer(
      RuntimeRef ref, Systemd systemd, Systemd.HealthCheck health) {
    return ref.spawnLocal(
        Supervisor.<Systemd>stopping(),
        (Context<Systemd.Message> c, Systemd s) -> s.inform(c, health),
        systemd,
        ActorOptions.standard());
  }
}

package lemnos.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import lemnos.runtime.ActorOptions;
import lemnos.runtime.ActorRef;
import lemnos.runtime.Context;
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
    socket.bind(new io.netty.channel.unix.DomainSocketAddress(path.toFile()));
  }

  @AfterEach
  void close() throws IOException {
    if (socket != null) {
      socket.close();
    }
  }

  /** The next message; the socket does not wait, so we look again and again. */
  private String heard() throws IOException {
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

  private Systemd systemd(Map<String, String> more) {
    var environment = new java.util.HashMap<>(more);
    environment.put("NOTIFY_SOCKET", path.toString());
    return Objects.requireNonNull(Systemd.of(environment, 42));
  }

  @Test
  void withoutItsSocketThereIsNoSystemd() {
    assertNull(Systemd.of(Map.of(), 42));
  }

  @Test
  void statesAndTheirTextAreSent() throws IOException {
    Systemd systemd = systemd(Map.of());
    systemd.enter(Systemd.State.READY, null);
    assertEquals("READY=1\n", heard());
    systemd.enter(Systemd.State.STOPPING, "bye\nbye");
    assertEquals("STOPPING=1\nSTATUS=bye bye\n", heard());
    systemd.status("busy");
    assertEquals("STATUS=busy\n", heard());
    systemd.ping();
    assertEquals("WATCHDOG=1", heard());
    systemd.trigger();
    assertEquals("WATCHDOG=trigger", heard());
    systemd.watchdogTimeout(Duration.ofSeconds(3));
    assertEquals("WATCHDOG_USEC=3000000\n", heard());
    assertEquals(Duration.ofSeconds(3), systemd.watchdogTimeout());
  }

  @Test
  void aWatchdogIsForOurProcessAndSaysHowLong() {
    assertNull(systemd(Map.of()).watchdogTimeout());
    assertNull(systemd(Map.of("WATCHDOG_USEC", "soon")).watchdogTimeout());
    assertNull(systemd(Map.of("WATCHDOG_USEC", "0")).watchdogTimeout());
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
              ActorRef<Systemd.Message> ref = informer(ctx, systemd, health);
              OnWorker.awaitValue(ctx, checks, 3);
              ref.send(new Systemd.Message.Signalled(Signal.USR1));
              ref.send(new Systemd.Message.Signalled(Signal.TERM));
              return true;
            });
    assertEquals("READY=1\n", heard());
    assertEquals("WATCHDOG=1", heard());
    assertEquals("STATUS=java.io.IOException: the disk is full\n", heard());
    String next = heard();
    while (next.equals("WATCHDOG=1")) {
      next = heard();
    }
    assertEquals("STOPPING=1\n", next);
    actor.get();
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
    var actor =
        OnWorker.begin(
            Transport.best(),
            ctx -> {
              ActorRef<Systemd.Message> ref = informer(ctx, systemd, () -> {});
              ref.send(new Systemd.Message.Signalled(Signal.TERM));
              return true;
            });
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
      Context<?> ctx, Systemd systemd, Systemd.HealthCheck health) {
    return ctx.runtime()
        .spawnLocal(
            Supervisor.<Systemd>stopping(),
            (Context<Systemd.Message> c, Systemd s) -> s.inform(c, health),
            systemd,
            ActorOptions.standard());
  }
}

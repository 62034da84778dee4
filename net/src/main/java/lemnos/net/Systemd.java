package lemnos.net;

import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import lemnos.runtime.Context;
import lemnos.runtime.Disconnected;
import lemnos.runtime.Interval;
import lemnos.runtime.Signal;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells systemd how this service is doing, by the protocol of {@code sd_notify}. Messages are so
 * small that they are sent at once. Confined to the worker. Source: heph-rt's {@code systemd}.
 */
public final class Systemd {
  private static final Logger LOG = LoggerFactory.getLogger(Systemd.class);
  private static final String PING = "WATCHDOG=1";

  /** How long an actor waits before it offers a message again. */
  private static final Duration RETRY = Duration.ofMillis(10);

  /** What a service can be in the middle of. */
  public enum State {
    READY,
    RELOADING,
    STOPPING
  }

  /** What the {@linkplain #actor actor} of a service is told. */
  public sealed interface Message {
    /** The service is in another state; {@code status} is for people, null if it is as before. */
    record Entered(State state, @Nullable String status) implements Message {}

    /** What the service does, for people. */
    record Doing(String status) implements Message {}

    /** A signal of the process: those that stop it mean {@link State#STOPPING}. */
    record Signalled(Signal signal) implements Message {}
  }

  /** Finds out whether the service works. */
  @FunctionalInterface
  public interface HealthCheck {
    /** Throws what is wrong, if anything is. */
    void check() throws Exception;
  }

  private final byte[] socket;
  private @Nullable Duration watchdog;

  private Systemd(byte[] socket, @Nullable Duration watchdog) {
    this.socket = socket;
    this.watchdog = watchdog;
  }

  /** The systemd that started this process; null if none did, or if it wants no word. */
  public static @Nullable Systemd ofThisProcess() {
    return of(System.getenv(), ProcessHandle.current().pid());
  }

  static @Nullable Systemd of(Map<String, String> environment, long pid) {
    String path = environment.get("NOTIFY_SOCKET");
    if (path == null || path.isEmpty()) {
      return null;
    }
    byte[] socket = path.getBytes(StandardCharsets.UTF_8);
    if (socket[0] == '@') {
      socket[0] = 0; // a name that is in no file system
    }
    return new Systemd(socket, watchdog(environment, pid));
  }

  private static @Nullable Duration watchdog(Map<String, String> environment, long pid) {
    String whom = environment.get("WATCHDOG_PID");
    String micros = environment.get("WATCHDOG_USEC");
    if (micros == null || (whom != null && !whom.equals(Long.toString(pid)))) {
      return null;
    }
    try {
      long value = Long.parseLong(micros);
      if (value > 0) {
        return Duration.ofNanos(Math.multiplyExact(value, 1000L));
      }
    } catch (ArithmeticException | NumberFormatException _) {
      // said below
    }
    LOG.warn("no watchdog: WATCHDOG_USEC is '{}'; it must be a positive number", micros);
    return null;
  }

  /** How long systemd waits for the next {@link #ping} before it acts; null if it does not. */
  public @Nullable Duration watchdogTimeout() {
    return watchdog;
  }

  /** Tells systemd of another timeout. */
  public void watchdogTimeout(Duration timeout) throws IOException {
    watchdog = timeout;
    send("WATCHDOG_USEC=" + timeout.toNanos() / 1000 + "\n");
  }

  /** The service is in another state; {@code status} is for people, null if it is as before. */
  public void enter(State state, @Nullable String status) throws IOException {
    send(line(state, status));
  }

  private static String line(State state, @Nullable String status) {
    return state + "=1\n" + (status == null ? "" : line(status));
  }

  /** What the service does, for people. */
  public void status(String status) throws IOException {
    send(line(status));
  }

  private static String line(String status) {
    return "STATUS=" + status.replace('\n', ' ') + "\n";
  }

  /** The service is alive. */
  public void ping() throws IOException {
    send(PING);
  }

  /** The service is not well: systemd is to act as if no ping had come. */
  public void trigger() throws IOException {
    send("WATCHDOG=trigger");
  }

  /**
   * An actor that keeps systemd informed from the service's start to its end, whose argument is how
   * to find out whether the service works. While systemd watches, it is pinged twice in each
   * timeout if all is well, and told what is wrong if not. The actor ends when it is told that the
   * service is stopping, or by such a signal, and at once if systemd did not start this process.
   */
  public static void serve(Context<Message> ctx, HealthCheck health) throws IOException {
    Systemd systemd = ofThisProcess();
    if (systemd != null) {
      systemd.inform(ctx, health);
    }
  }

  void inform(Context<Message> ctx, HealthCheck health) throws IOException {
    send(ctx, line(State.READY, null));
    State state = State.READY;
    Duration timeout = null;
    Interval pings = null;
    while (state != State.STOPPING) {
      if (!Objects.equals(timeout, watchdog)) {
        timeout = watchdog;
        pings = timeout == null ? null : ctx.interval(timeout.dividedBy(2));
      }
      if (pings != null) {
        ctx.await(pings, ctx.messages());
      }
      if (pings != null && pings.isReady()) { // first of all, or many messages would delay it
        pings.next();
        pingIfWell(ctx, health);
      } else {
        state = tell(ctx, next(ctx));
      }
    }
  }

  /** If nobody is left who could tell us anything, the service ends. */
  private static Message next(Context<Message> ctx) {
    try {
      return ctx.receiveNext();
    } catch (Disconnected _) {
      return new Message.Entered(State.STOPPING, null);
    }
  }

  private State tell(Context<Message> ctx, Message message) throws IOException {
    return switch (message) {
      case Message.Entered(State state, String status) -> {
        send(ctx, line(state, status));
        yield state;
      }
      case Message.Signalled(Signal signal) when signal.shouldStop() -> {
        send(ctx, line(State.STOPPING, null));
        yield State.STOPPING;
      }
      case Message.Signalled _ -> State.READY;
      case Message.Doing(String status) -> {
        send(ctx, line(status));
        yield State.READY;
      }
    };
  }

  private void pingIfWell(Context<Message> ctx, HealthCheck health) throws IOException {
    String message = PING;
    try {
      health.check();
    } catch (Exception e) {
      message = line(e.toString());
    }
    send(ctx, message);
  }

  private void send(String message) throws IOException {
    if (!offer(message)) {
      throw new IOException(
          "systemd has not taken '%s': too much waits for it already".formatted(message.strip()));
    }
  }

  /** {@link #send} that waits, in an actor, while too much waits for systemd already. */
  private void send(Context<Message> ctx, String message) throws IOException {
    while (!offer(message)) {
      ctx.sleep(RETRY);
    }
  }

  /** Whether systemd's socket had room for {@code message}. */
  private boolean offer(String message) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocateDirect(message.length() * 3);
    bytes.put(message.getBytes(StandardCharsets.UTF_8)).flip();
    Socket from = Socket.newSocketDomainDgram();
    try {
      return from.sendToDomainSocket(bytes, 0, bytes.limit(), socket) > 0; // all of it, or nothing
    } finally {
      from.close();
    }
  }
}

package lemnos.runtime;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The process's signal handlers, which all runtimes of the process share. They are installed while
 * there is a runtime, and put back to what they were after that.
 */
final class Signals {
  private static final Logger LOG = LoggerFactory.getLogger(Signals.class);

  /** By which HotSpot halts threads unless told otherwise; it takes no smaller number. */
  private static final int USR2_NUMBER = 12;

  private static final int MAX_NUMBER = 64;
  private static final List<Consumer<Signal>> LISTENERS = new ArrayList<>();
  private static final Map<Signal, sun.misc.SignalHandler> REPLACED = new EnumMap<>(Signal.class);

  private Signals() {}

  /** Has {@code listener} get the signals. Returns those that the JVM gives up. */
  static synchronized Set<Signal> listen(Consumer<Signal> listener) {
    LISTENERS.add(listener);
    if (LISTENERS.size() == 1) {
      EnumSet<Signal> wanted = EnumSet.allOf(Signal.class);
      if (!isFree(System.getenv(Signal.SUSPEND_SIGNAL))) {
        wanted.remove(Signal.USR2);
      }
      wanted.forEach(Signals::install);
    }
    return REPLACED.isEmpty()
        ? Set.of()
        : Collections.unmodifiableSet(EnumSet.copyOf(REPLACED.keySet()));
  }

  private static void install(Signal signal) {
    try {
      var system = new sun.misc.Signal(signal.name());
      REPLACED.put(signal, sun.misc.Signal.handle(system, _ -> relay(signal)));
    } catch (IllegalArgumentException e) {
      LOG.atDebug()
          .addKeyValue("signal", signal)
          .log("the JVM keeps a signal for itself: {}", e.getMessage());
    }
  }

  /** Whether USR2 is ours, as the JVM was told to use another number. */
  static boolean isFree(@Nullable String suspendSignal) {
    try {
      int number = suspendSignal == null ? 0 : Integer.parseInt(suspendSignal);
      return number > USR2_NUMBER && number <= MAX_NUMBER;
    } catch (NumberFormatException e) {
      return false;
    }
  }

  static synchronized void forget(Consumer<Signal> listener) {
    if (LISTENERS.remove(listener) && LISTENERS.isEmpty()) {
      REPLACED.forEach(
          (signal, h) -> sun.misc.Signal.handle(new sun.misc.Signal(signal.name()), h));
      REPLACED.clear();
    }
  }

  private static synchronized void relay(Signal signal) {
    LISTENERS.forEach(l -> l.accept(signal));
  }

  /** Sends {@code signal} to those that receive it; whose inbox is full misses it. */
  static void send(Signal signal, ActorGroup<Signal> receivers) {
    receivers.trySendToAll(
        signal,
        full ->
            LOG.atWarn()
                .addKeyValue("signal", signal)
                .addKeyValue("receiver", full)
                .log("a receiver missed a process signal: its inbox is full"));
  }
}

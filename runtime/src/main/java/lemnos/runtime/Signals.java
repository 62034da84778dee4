package lemnos.runtime;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The process's signal handlers, which all runtimes of the process share. They are installed while
 * there is a runtime, and put back to what they were after that.
 */
final class Signals {
  private static final Logger LOG = LoggerFactory.getLogger(Signals.class);
  private static final List<Consumer<Signal>> LISTENERS = new ArrayList<>();
  private static final Map<Signal, sun.misc.SignalHandler> REPLACED = new EnumMap<>(Signal.class);

  private Signals() {}

  static synchronized void listen(Consumer<Signal> listener) {
    LISTENERS.add(listener);
    if (LISTENERS.size() > 1) {
      return;
    }
    for (Signal signal : Signal.values()) {
      try {
        var system = new sun.misc.Signal(signal.name());
        REPLACED.put(signal, sun.misc.Signal.handle(system, _ -> relay(signal)));
      } catch (IllegalArgumentException e) {
        LOG.debug("the JVM keeps signal {} for itself: {}", signal, e.getMessage());
      }
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
}

package lemnos.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import lemnos.core.ActorFailure;
import lemnos.core.ActorOwn;
import lemnos.core.LogFilter;
import lemnos.core.LogLevel;
import lemnos.core.Loop;
import lemnos.core.Ret;
import org.junit.jupiter.api.Test;
import org.slf4j.Marker;
import org.slf4j.event.KeyValuePair;
import org.slf4j.event.Level;
import org.slf4j.event.LoggingEvent;
import org.slf4j.helpers.LegacyAbstractLogger;
import org.slf4j.spi.LoggingEventAware;

/** Records on their way to SLF4J (G9). */
final class Slf4jLoggerTest {
  private final List<LoggingEvent> events = new ArrayList<>();
  private Level threshold = Level.TRACE;
  private final Loop loop = new Loop(0);

  Slf4jLoggerTest() {
    loop.setLogger(LogFilter.parse("trace,audit,open"), new Slf4jLogger(Backend::new));
  }

  /** Keeps the events. */
  private final class Backend extends LegacyAbstractLogger implements LoggingEventAware {
    private static final long serialVersionUID = 1L;

    Backend(String name) {
      this.name = name;
    }

    @Override
    public void log(LoggingEvent event) {
      events.add(event);
    }

    @Override
    protected String getFullyQualifiedCallerName() {
      return "";
    }

    @Override
    protected void handleNormalizedLoggingCall(
        Level level, Marker marker, String message, Object[] arguments, Throwable cause) {
      throw new AssertionError("not as an event");
    }

    private boolean allows(Level level) {
      return level.toInt() >= threshold.toInt();
    }

    @Override
    public boolean isTraceEnabled() {
      return allows(Level.TRACE);
    }

    @Override
    public boolean isDebugEnabled() {
      return allows(Level.DEBUG);
    }

    @Override
    public boolean isInfoEnabled() {
      return allows(Level.INFO);
    }

    @Override
    public boolean isWarnEnabled() {
      return allows(Level.WARN);
    }

    @Override
    public boolean isErrorEnabled() {
      return allows(Level.ERROR);
    }
  }

  private static String values(LoggingEvent event) {
    List<KeyValuePair> pairs = event.getKeyValuePairs();
    return pairs == null ? "" : String.join(" ", pairs.stream().map(Object::toString).toList());
  }

  private static Object value(LoggingEvent event, int i) {
    return event.getKeyValuePairs().get(i).value;
  }

  @Test
  void textTargetAndValuesArrive() {
    loop.log(LogLevel.WARN)
        .span(7)
        .target("net")
        .kv("port", 80)
        .kv("load", 0.5)
        .kv("up", true)
        .kv("peer", "a")
        .kv("none", Optional.empty())
        .kv("slow")
        .write("port {} is {} full");
    LoggingEvent event = events.getFirst();
    assertThat(event.getLevel()).isEqualTo(Level.WARN);
    assertThat(event.getLoggerName()).isEqualTo("net");
    assertThat(event.getMessage()).isEqualTo("port 80 is 0.5 full");
    assertThat(event.getArguments()).isNullOrEmpty();
    assertThat(values(event))
        .isEqualTo(
            "span=\"7\" port=\"80\" load=\"0.5\" up=\"true\" peer=\"a\" none=\"null\""
                + " slow=\"null\"");
    assertThat(value(event, 0)).isEqualTo(7L);
    assertThat(value(event, 3)).isEqualTo(true);
  }

  @Test
  void nestedValuesArriveAsMapsAndLists() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("ids", Arrays.asList(1, null, List.of("x")));
    map.put("empty", Map.of());
    loop.log(LogLevel.INFO).kv("map", map).kv("after", 1).write("x");
    LoggingEvent event = events.getFirst();
    assertThat(event.getLoggerName()).isEqualTo("lemnos");
    assertThat(value(event, 0))
        .isEqualTo(Map.of("ids", Arrays.asList(1L, null, List.of("x")), "empty", Map.of()));
    assertThat(value(event, 1)).isEqualTo(1L);
  }

  @Test
  void levelsAndMarkersAreMapped() {
    for (LogLevel level : LogLevel.values()) {
      loop.log(level).write(level.name());
    }
    assertThat(events)
        .extracting(
            event ->
                event.getMessage()
                    + " "
                    + event.getLevel()
                    + (event.getMarkers() == null ? "" : " " + event.getMarkers()))
        .containsExactly(
            "TRACE TRACE",
            "DEBUG DEBUG",
            "INFO INFO",
            "WARN WARN",
            "ERROR ERROR",
            "AUDIT INFO [AUDIT]",
            "OPEN DEBUG [OPEN]",
            "CLOSE DEBUG [CLOSE]");
  }

  @Test
  void whatAnActorDiedOfIsTheCause() {
    var failure = new ActorFailure("broken");
    ActorOwn<Integer> actor = loop.actor(cx -> 1, Ret.nop());
    loop.run(1, false);
    loop.kill(actor, failure);
    LoggingEvent event = events.getLast();
    assertThat(event.getThrowable()).isSameAs(failure);
    assertThat(event.getMessage()).isEqualTo("broken");
    assertThat(event.getLoggerName()).isEqualTo("java.lang.Integer");
    assertThat(values(event)).isEqualTo("span=\"1\" killed=\"null\"");
  }

  @Test
  void whatTheBackendDoesNotWantIsNotPutTogether() {
    threshold = Level.ERROR;
    var untouchable =
        new Object() {
          @Override
          public String toString() {
            throw new AssertionError("formatted");
          }
        };
    loop.log(LogLevel.WARN).kv("k", untouchable).write("{}");
    assertThat(events).isEmpty();
  }

  @Test
  void theBackendOfTheProgramIsFound() {
    try (var log = CapturedLog.of("lemnos")) {
      logToTheBackendOfTheProgram();
      assertThat(log.lines()).containsExactly("TRACE found k=1");
    }
  }

  private void logToTheBackendOfTheProgram() {
    loop.setLogger(LogFilter.of(LogLevel.TRACE), new Slf4jLogger());
    loop.onUncaught(
        (where, error) -> {
          throw new AssertionError(error);
        });
    loop.log(LogLevel.TRACE).kv("k", 1).write("found");
  }
}

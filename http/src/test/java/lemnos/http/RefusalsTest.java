package lemnos.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.slf4j.Marker;
import org.slf4j.event.Level;
import org.slf4j.helpers.AbstractLogger;
import org.slf4j.helpers.MessageFormatter;

/** A flood must not become one of the log. */
final class RefusalsTest {
  private static final long LATER = Refusals.INTERVAL_NANOS;

  private final Lines log = new Lines();
  private final Refusals refusals = new Refusals(log);

  @Test
  void oneLineAnIntervalTellsHowManyThereWere() {
    for (int i = 0; i < 5; i++) {
      refusals.count(Refusal.MALFORMED, "10.0.0.1", "no Host", i);
    }
    assertThat(log.lines)
        .containsExactly(
            "refusal=MALFORMED peer=10.0.0.1 more_since_last_line=0 refused a request: no Host");
    refusals.count(Refusal.BODY, "10.0.0.2", "too long", LATER - 1);
    assertEquals(1, log.lines.size());
    refusals.count(Refusal.BODY, "10.0.0.3", "too long", LATER);
    refusals.count(Refusal.BODY, "10.0.0.4", "too long", LATER);
    refusals.count(Refusal.SLOW_HEAD, "10.0.0.5", "slow", 3 * LATER);
    assertThat(log.lines.subList(1, 3))
        .containsExactly(
            "refusal=BODY peer=10.0.0.3 more_since_last_line=5 refused a request: too long",
            "refusal=SLOW_HEAD peer=10.0.0.5 more_since_last_line=1 refused a request: slow");
    assertThat(refusals.counts())
        .containsEntry(Refusal.MALFORMED, 5L)
        .containsEntry(Refusal.BODY, 3L)
        .containsEntry(Refusal.SLOW_HEAD, 1L)
        .containsEntry(Refusal.HTTP2, 0L);
  }

  @Test
  void nobodyForgesALine() {
    refusals.count(Refusal.MALFORMED, "x", "a\r\nrefusal=none\u007f" + "x".repeat(500), 0);
    assertThat(log.lines).hasSize(1);
    assertThat(log.lines.getFirst())
        .contains("a??refusal=none?")
        .hasSizeLessThan(300)
        .doesNotContain("\n");
  }

  private static final class Lines extends AbstractLogger {
    private static final long serialVersionUID = 1L;

    private final transient List<String> lines = new ArrayList<>();

    @Override
    protected void handleNormalizedLoggingCall(
        Level level,
        @Nullable Marker marker,
        @Nullable String pattern,
        Object @Nullable [] arguments,
        @Nullable Throwable throwable) {
      assertEquals(Level.WARN, level);
      lines.add(String.valueOf(MessageFormatter.basicArrayFormat(pattern, arguments)));
    }

    @Override
    protected @Nullable String getFullyQualifiedCallerName() {
      return null;
    }

    @Override
    public boolean isTraceEnabled() {
      return false;
    }

    @Override
    public boolean isTraceEnabled(@Nullable Marker marker) {
      return false;
    }

    @Override
    public boolean isDebugEnabled() {
      return false;
    }

    @Override
    public boolean isDebugEnabled(@Nullable Marker marker) {
      return false;
    }

    @Override
    public boolean isInfoEnabled() {
      return false;
    }

    @Override
    public boolean isInfoEnabled(@Nullable Marker marker) {
      return false;
    }

    @Override
    public boolean isWarnEnabled() {
      return true;
    }

    @Override
    public boolean isWarnEnabled(@Nullable Marker marker) {
      return true;
    }

    @Override
    public boolean isErrorEnabled() {
      return true;
    }

    @Override
    public boolean isErrorEnabled(@Nullable Marker marker) {
      return true;
    }
  }
}

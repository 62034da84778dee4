package lemnos.core;

import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Locale;
import org.junit.jupiter.api.Test;

/** Levels and filters (L1, L2, L3). */
final class LogLevelTest {
  @Test
  void levelsAreNumberedAsInStakker() {
    assertEquals(
        "[TRACE, DEBUG, INFO, WARN, ERROR, AUDIT, OPEN, CLOSE, OFF]",
        Arrays.toString(LogLevel.values()));
  }

  @Test
  void aLevelIsParsedInAnyCaseAndWithBlanks() {
    for (LogLevel level : LogLevel.values()) {
      String lower = level.name().toLowerCase(Locale.ROOT);
      assertEquals(level, LogLevel.parse(level.name()));
      assertEquals(level, LogLevel.parse(lower));
      assertEquals(level, LogLevel.parse(level.name().charAt(0) + lower.substring(1)));
      assertEquals(level, LogLevel.parse(" \t" + lower + " \n"));
    }
  }

  @Test
  void aLevelIsParsedUnderATurkishLocale() {
    Locale before = Locale.getDefault();
    Locale.setDefault(Locale.of("tr", "TR"));
    try {
      assertEquals(LogLevel.INFO, LogLevel.parse("info"));
    } finally {
      Locale.setDefault(before);
    }
  }

  @Test
  void whatIsNoLevelIsRefusedWithARemedy() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> LogLevel.parse("zzzzz"))
        .withMessage(
            "invalid logging level 'zzzzz': use trace, debug, info, warn, error, audit, open, close"
                + " or off");
    assertThatIllegalArgumentException().isThrownBy(() -> LogLevel.parse(""));
    assertThatIllegalArgumentException().isThrownBy(() -> LogLevel.parse("in fo"));
  }

  private static void assertFilter(String expected, LogFilter filter) {
    assertEquals("LogFilter(" + expected + ")", filter.toString());
  }

  @Test
  void aLevelBringsWhatBelongsToIt() {
    assertFilter("TRACE,DEBUG,INFO,WARN,ERROR", LogFilter.of(LogLevel.TRACE));
    assertFilter("DEBUG,INFO,WARN,ERROR", LogFilter.of(LogLevel.DEBUG));
    assertFilter("INFO,WARN,ERROR", LogFilter.of(LogLevel.INFO));
    assertFilter("WARN,ERROR", LogFilter.of(LogLevel.WARN));
    assertFilter("ERROR", LogFilter.of(LogLevel.ERROR));
    assertFilter("", LogFilter.of(LogLevel.OFF));
    assertFilter("AUDIT", LogFilter.of(LogLevel.AUDIT));
    assertFilter("OPEN,CLOSE", LogFilter.of(LogLevel.OPEN));
    assertFilter("OPEN,CLOSE", LogFilter.of(LogLevel.CLOSE));
  }

  @Test
  void aFilterIsMadeOfSeveralLevels() {
    assertFilter("", LogFilter.of());
    assertFilter("INFO,WARN,ERROR,AUDIT", LogFilter.of(LogLevel.INFO, LogLevel.AUDIT));
    assertFilter(
        "ERROR,AUDIT,OPEN,CLOSE", LogFilter.of(LogLevel.ERROR, LogLevel.OPEN, LogLevel.AUDIT));
    assertFilter("ERROR", LogFilter.of(LogLevel.ERROR, LogLevel.OFF));
  }

  @Test
  void aFilterIsParsedFromAList() {
    assertFilter("WARN,ERROR", LogFilter.parse("warn"));
    assertFilter("INFO,WARN,ERROR,AUDIT,OPEN,CLOSE", LogFilter.parse("info,audit,open"));
    assertFilter("ERROR,AUDIT,OPEN,CLOSE", LogFilter.parse(" Error , OPEN,audit "));
    assertFilter("", LogFilter.parse("off"));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> LogFilter.parse("info,loud"))
        .withMessageStartingWith("invalid logging level 'loud'");
    assertThatIllegalArgumentException().isThrownBy(() -> LogFilter.parse(""));
    assertThatIllegalArgumentException().isThrownBy(() -> LogFilter.parse("info,"));
  }

  @Test
  void filtersAreValues() {
    LogFilter audit = LogFilter.of(LogLevel.AUDIT);
    LogFilter both = LogFilter.of().or(audit).or(LogFilter.of(LogLevel.ERROR));
    assertEquals(LogFilter.parse("audit,error"), both);
    assertEquals(LogFilter.parse("audit,error").hashCode(), both.hashCode());
    assertFilter("AUDIT", audit);
    assertTrue(LogFilter.of().isEmpty());
    assertFalse(audit.isEmpty());
    assertFalse(both.equals(audit));
  }

  @Test
  void aFilterAllowsExactlyItsLevels() {
    LogFilter filter = LogFilter.parse("warn,open");
    for (LogLevel level : LogLevel.values()) {
      boolean expected =
          switch (level) {
            case WARN, ERROR, OPEN, CLOSE -> true;
            case TRACE, DEBUG, INFO, AUDIT, OFF -> false;
          };
      assertEquals(expected, filter.allows(level), level.name());
    }
  }
}

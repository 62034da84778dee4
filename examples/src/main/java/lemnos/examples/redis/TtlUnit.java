package lemnos.examples.redis;

import java.util.Locale;
import lemnos.examples.redis.Reply.Failure;
import org.jspecify.annotations.Nullable;

/** How SET and its kin say when a key ends: in or at so many seconds or milliseconds. */
enum TtlUnit {
  EX(1000, false),
  PX(1, false),
  EXAT(1000, true),
  PXAT(1, true);

  private final byte[] option = Ascii.bytes(name().toLowerCase(Locale.ROOT));
  private final long millis;
  private final boolean absolute;

  TtlUnit(long millis, boolean absolute) {
    this.millis = millis;
    this.absolute = absolute;
  }

  /** The unit that an option of SET names, or null. */
  static @Nullable TtlUnit ofOption(byte[] option) {
    for (TtlUnit unit : values()) {
      if (Ascii.same(unit.option, option)) {
        return unit;
      }
    }
    return null;
  }

  /** What is wrong with this amount in that command, or null. */
  @Nullable Failure fault(byte[] amount, long wallMillis, String command) {
    if (!Decimal.isLong(amount)) {
      return Failures.NOT_AN_INTEGER;
    }
    long number = Decimal.toLong(amount);
    long base = absolute ? 0 : wallMillis;
    boolean valid = number > 0 && number <= (Long.MAX_VALUE - base) / millis;
    return valid ? null : Failures.invalidExpireTime(command);
  }

  /** The lifetime that a faultless amount stands for; negative if the time has passed. */
  long fromNowMillis(byte[] amount, long wallMillis) {
    return Decimal.toLong(amount) * millis - (absolute ? wallMillis : 0);
  }
}

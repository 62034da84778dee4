package lemnos.examples.redis;

import lemnos.examples.redis.Keyspace.Lifetime;
import lemnos.examples.redis.Reply.Failure;
import org.jspecify.annotations.Nullable;

/** Under which condition EXPIRE and PEXPIRE change a lifetime: NX, XX, GT, LT. */
final class ExpireCondition {
  private boolean nx;
  private boolean xx;
  private boolean gt;
  private boolean lt;

  /** What is wrong with the options, or null. */
  @Nullable Failure parse(Command command) {
    for (int i = 3; i < command.count(); i++) {
      switch (Ascii.string(Ascii.toLowerCase(command.arg(i)))) {
        case "nx" -> nx = true;
        case "xx" -> xx = true;
        case "gt" -> gt = true;
        case "lt" -> lt = true;
        default -> {
          return Failures.unsupportedOption(command.arg(i));
        }
      }
    }
    if (nx && (xx || gt || lt)) {
      return Failures.EXPIRE_NX_MIXED;
    }
    return gt && lt ? Failures.EXPIRE_GT_LT : null;
  }

  /** No lifetime counts as an endless one. */
  boolean allows(@Nullable Lifetime lifetime, long deadlineMillis) {
    if (lifetime == null) {
      return !xx && !gt;
    }
    return !nx
        && (!gt || deadlineMillis > lifetime.deadlineMillis())
        && (!lt || deadlineMillis < lifetime.deadlineMillis());
  }
}

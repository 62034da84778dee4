package lemnos.examples.redis;

import org.jspecify.annotations.Nullable;

/** What may follow key and value in SET. */
final class SetOptions {
  private static final byte[] NX = Ascii.bytes("nx");
  private static final byte[] XX = Ascii.bytes("xx");
  private static final byte[] GET = Ascii.bytes("get");
  private static final byte[] KEEP_TTL = Ascii.bytes("keepttl");

  boolean onlyIfAbsent;
  boolean onlyIfPresent;
  boolean get;
  boolean keepTtl;

  /** Null unless a lifetime was given; then its amount is {@code ttl}. */
  @Nullable TtlUnit unit;

  byte[] ttl = {};

  /** Null if they contradict each other or are unknown: a syntax error. */
  static @Nullable SetOptions of(Command command) {
    var options = new SetOptions();
    for (int i = 3; i < command.count(); i++) {
      byte[] option = command.arg(i);
      if (options.flag(option)) {
        continue;
      }
      TtlUnit unit = TtlUnit.ofOption(option);
      boolean twice = options.unit != null && options.unit != unit;
      if (unit == null || twice || options.keepTtl || ++i == command.count()) {
        return null;
      }
      options.unit = unit;
      options.ttl = command.arg(i);
    }
    return options;
  }

  private boolean flag(byte[] option) {
    if (Ascii.same(NX, option) && !onlyIfPresent) {
      onlyIfAbsent = true;
    } else if (Ascii.same(XX, option) && !onlyIfAbsent) {
      onlyIfPresent = true;
    } else if (Ascii.same(GET, option)) {
      get = true;
    } else if (Ascii.same(KEEP_TTL, option) && unit == null) {
      keepTtl = true;
    } else {
      return false;
    }
    return true;
  }
}

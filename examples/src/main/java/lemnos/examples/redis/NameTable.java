package lemnos.examples.redis;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Finds a command by its name as it stands in the input, in any case, without making a string.
 *
 * <p>A name of at most 16 letters is two longs: its first eight letters and, beyond that, its last
 * eight. Clearing bit 5 of each byte makes letters upper case and nothing else into a letter, so
 * that comparing the longs and the length compares the names.
 */
final class NameTable {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long UPPER_CASE = 0xDFDF_DFDF_DFDF_DFDFL;
  private static final int LONGEST = 16;

  /** Few enough names in so many slots that most are found at the first look. */
  private static final int SLOTS = 512;

  private final CommandSpec[] specs = new CommandSpec[SLOTS];
  private final long[] firsts = new long[SLOTS];
  private final long[] lasts = new long[SLOTS];
  private final int[] lengths = new int[SLOTS];

  NameTable(List<CommandSpec> all) {
    for (CommandSpec spec : all) {
      add(spec);
    }
  }

  @Nullable CommandSpec find(byte[] text, int from, int length) {
    if (length > LONGEST) {
      return null;
    }
    long first = word(text, from, Math.min(length, 8));
    long last = length > 8 ? word(text, from + length - 8, 8) : 0;
    int slot = slot(first, last);
    while (specs[slot] != null) {
      if (firsts[slot] == first && lasts[slot] == last && lengths[slot] == length) {
        return specs[slot];
      }
      slot = (slot + 1) & (SLOTS - 1);
    }
    return null;
  }

  private void add(CommandSpec spec) {
    String name = spec.name().toUpperCase(Locale.ROOT);
    assert name.matches("[A-Z]{1," + LONGEST + "}") : name;
    byte[] text = Ascii.bytes(name);
    assert find(text, 0, text.length) == null : "twice: " + name;
    long first = word(text, 0, Math.min(text.length, 8));
    long last = text.length > 8 ? word(text, text.length - 8, 8) : 0;
    int slot = slot(first, last);
    while (specs[slot] != null) {
      slot = (slot + 1) & (SLOTS - 1);
    }
    specs[slot] = spec;
    firsts[slot] = first;
    lasts[slot] = last;
    lengths[slot] = text.length;
  }

  private static int slot(long first, long last) {
    return (int) (((first + 31 * last) * 0x9E37_79B9_7F4A_7C15L) >>> 55);
  }

  /** Up to eight letters in upper case, the first one lowest. */
  private static long word(byte[] text, int from, int length) {
    long word = 0;
    if (from + 8 <= text.length) {
      word = (long) LONGS.get(text, from);
    } else {
      for (int i = 0; i < length; i++) {
        word |= (text[from + i] & 0xffL) << (8 * i);
      }
    }
    long mask = length == 8 ? -1L : (1L << (8 * length)) - 1;
    return word & mask & UPPER_CASE;
  }
}

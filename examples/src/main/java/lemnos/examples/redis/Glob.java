package lemnos.examples.redis;

/**
 * Redis's patterns: {@code *}, {@code ?}, {@code [abc]}, {@code [^a]}, {@code [a-z]}, and a
 * backslash before what is meant as it is.
 *
 * <p>After a mismatch only the last star tries again, one byte further on: all other parts of a
 * pattern take exactly one byte, so what an earlier star could gain, the last one can too. The work
 * is at most pattern times text. Oddities are Redis's own: a class that is not closed ends with the
 * pattern, and no pattern but the empty one matches the empty text.
 */
final class Glob {
  private final byte[] pattern;

  /** Where the step that was tried last ends in the pattern. */
  private int after;

  Glob(byte[] pattern) {
    this.pattern = pattern;
  }

  boolean matches(byte[] text) {
    int p = 0;
    int t = 0;
    int star = -1;
    int starText = 0;
    while (t < text.length) {
      if (at(p) == '*' && p < pattern.length) {
        p = skipStars(p);
        if (p == pattern.length) {
          return true;
        }
        star = p;
        starText = t;
      } else if (p < pattern.length && takes(p, text[t])) {
        p = after;
        t++;
      } else if (star < 0) {
        return false;
      } else {
        p = star;
        t = ++starText;
      }
    }
    return (text.length == 0 ? p : skipStars(p)) == pattern.length;
  }

  private int skipStars(int from) {
    int p = from;
    while (p < pattern.length && pattern[p] == '*') {
      p++;
    }
    return p;
  }

  /** Whether the one-byte part of the pattern that begins at {@code p} takes this byte. */
  private boolean takes(int p, byte b) {
    return switch (pattern[p]) {
      case '?' -> {
        after = p + 1;
        yield true;
      }
      case '[' -> takesClass(p + 1, b);
      case '\\' -> {
        int literal = p + 1 < pattern.length ? p + 1 : p;
        after = literal + 1;
        yield pattern[literal] == b;
      }
      default -> {
        after = p + 1;
        yield pattern[p] == b;
      }
    };
  }

  private boolean takesClass(int start, byte b) {
    boolean not = at(start) == '^';
    int p = not ? start + 1 : start;
    boolean match = false;
    while (p < pattern.length && pattern[p] != ']') {
      if (pattern[p] == '\\' && p + 1 < pattern.length) {
        match |= pattern[p + 1] == b;
        p += 2;
      } else if (p + 2 < pattern.length && pattern[p + 1] == '-') {
        match |= inRange(b, pattern[p], pattern[p + 2]);
        p += 3;
      } else {
        match |= pattern[p] == b;
        p++;
      }
    }
    after = Math.min(p + 1, pattern.length);
    return match != not;
  }

  private static boolean inRange(byte b, byte one, byte other) {
    return b >= Math.min(one, other) && b <= Math.max(one, other);
  }

  private int at(int p) {
    return p < pattern.length ? pattern[p] : 0;
  }
}

package lemnos.examples.redis;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The expected answers are those of Redis 7.0.15. */
class GlobTest {
  private static boolean matches(String pattern, String text) {
    return new Glob(Ascii.bytes(pattern)).matches(Ascii.bytes(text));
  }

  @Test
  void patternsMatch() {
    String[][] table = {
      {"", ""},
      {"abc", "abc"},
      {"*", "abc"},
      {"**", "abc"},
      {"a*", "a"},
      {"a**", "a"},
      {"*c", "abc"},
      {"a*c*e", "abcde"},
      {"*ab", "aab"},
      {"*a*b", "ab"},
      {"?", "\u00ff"},
      {"a?c", "abc"},
      {"[abc]", "b"},
      {"[^abc]", "d"},
      {"[a-c]x", "bx"},
      {"[c-a]", "b"},
      {"[a\\-c]", "-"},
      {"[\\]]", "]"},
      {"[^", "x"},
      {"[a", "a"},
      {"[a-", "-"},
      {"[a-]", "`"},
      {"\\*", "*"},
      {"\\", "\\"},
      {"a\\", "a\\"},
      {"*[0-9]", "key:7"},
      {"[\u0080-\u00ff]", "\u00e9"},
    };
    for (String[] row : table) {
      assertThat(matches(row[0], row[1])).as(row[0] + " matches " + row[1]).isTrue();
    }
  }

  @Test
  void patternsDoNotMatch() {
    String[][] table = {
      {"", "a"},
      {"*", ""},
      {"**", ""},
      {"abc", "ab"},
      {"ab", "abc"},
      {"ABC", "abc"},
      {"?", ""},
      {"??", "a"},
      {"a*b", "a"},
      {"*a", "b"},
      {"[abc]", "d"},
      {"[^abc]", "a"},
      {"[]abc]", "a"},
      {"[", "["},
      {"[a-c]", "d"},
      {"\\*", "a"},
      {"[0-\u00ff]", "5"},
    };
    for (String[] row : table) {
      assertThat(matches(row[0], row[1])).as(row[0] + " matches " + row[1]).isFalse();
    }
  }

  @Test
  void manyStarsDoNotTakeExponentialTime() {
    assertThat(matches("a*".repeat(1_000) + "b", "a".repeat(10_000))).isFalse();
    assertThat(matches("*a".repeat(1_000), "a".repeat(10_000))).isTrue();
  }
}

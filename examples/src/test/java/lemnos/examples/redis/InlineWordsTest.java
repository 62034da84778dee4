package lemnos.examples.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.List;
import org.junit.jupiter.api.Test;

class InlineWordsTest {
  private static List<String> words(String line) throws ProtocolError {
    byte[] bytes = Ascii.bytes("<" + line + ">");
    return InlineWords.of(bytes, 1, bytes.length - 1).stream().map(Ascii::string).toList();
  }

  @Test
  void blanksAndQuotesDivideWords() throws ProtocolError {
    assertThat(words("")).isEmpty();
    assertThat(words(" \t\u000b\f\r ")).isEmpty();
    assertThat(words("a")).containsExactly("a");
    assertThat(words(" a  b\tc\r")).containsExactly("a", "b", "c");
    assertThat(words("\"a b\" 'c d'")).containsExactly("a b", "c d");
    assertThat(words("\"\" ''")).containsExactly("", "");
    assertThat(words("a\"b c\" d'e f'")).containsExactly("ab c", "de f");
    assertThat(words("a\u000bb")).containsExactly("a\u000bb");
    assertThat(words("a\0b c")).containsExactly("a");
  }

  @Test
  void backslashesMeanSomethingInQuotesOnly() throws ProtocolError {
    assertThat(words("a\\nb")).containsExactly("a\\nb");
    assertThat(words("\"\\n\\r\\t\\b\\a\\q\\\\\\\"\"")).containsExactly("\n\r\t\b\u0007q\\\"");
    assertThat(words("\"\\x41\\xfF\\x4\\xg0\"")).containsExactly("A\u00ffx4xg0");
    assertThat(words("'\\n\\'\\x41'")).containsExactly("\\n'\\x41");
    assertThat(words("\"'\" '\"'")).containsExactly("'", "\"");
  }

  @Test
  void quotesThatDoNotEndTheirWordAreRefused() {
    String[] unbalanced = {
      "\"",
      "'",
      "\"a",
      "'a",
      "a\"",
      "\"a\"b",
      "'a'b",
      "\"a\\\"",
      "'a\\'",
      "\"a\"'b'",
      "\"\\",
      "\"a\0\""
    };
    for (String line : unbalanced) {
      assertThatExceptionOfType(ProtocolError.class)
          .as(line)
          .isThrownBy(() -> words(line))
          .withMessage("Protocol error: unbalanced quotes in request");
    }
  }
}

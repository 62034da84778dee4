package lemnos.http;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** The target of a request, as RFC 9112 (3.2) allows it. */
final class Target {
  /** Which characters hosts and their ports may have. */
  private static final boolean[] IN_HOSTS = new boolean[128];

  static {
    for (char c = 0; c < IN_HOSTS.length; c++) {
      IN_HOSTS[c] = Character.isLetterOrDigit(c) || "-._~%!$&'()*+,;=:[]".indexOf(c) >= 0;
    }
  }

  private Target() {}

  /** What is wrong with {@code target} in a request with {@code method}; null if nothing is. */
  static @Nullable String fault(String method, String target) {
    for (int i = 0; i < target.length(); i++) {
      char c = target.charAt(i);
      if (c <= ' ' || c >= 127 || c == '#') {
        return "the target has a character that must be escaped";
      }
    }
    if (target.startsWith("/")) {
      return null;
    }
    if (target.equals("*")) {
      return method.equals("OPTIONS") ? null : "the target * is for OPTIONS alone";
    }
    if (method.equals("CONNECT")) {
      return target.indexOf('/') < 0 ? null : "the target of CONNECT is host:port";
    }
    return authorityEnd(target) > 0 ? null : "the target is neither a path nor a URI of http";
  }

  /** Where the path begins in a whole URI; 0 if it is none. */
  private static int authorityEnd(String uri) {
    int begin;
    if (uri.regionMatches(true, 0, "http://", 0, 7)) {
      begin = 7;
    } else if (uri.regionMatches(true, 0, "https://", 0, 8)) {
      begin = 8;
    } else {
      return 0;
    }
    int end = begin;
    while (end < uri.length() && uri.charAt(end) != '/' && uri.charAt(end) != '?') {
      end++;
    }
    return end == begin ? 0 : end;
  }

  /** The path, with its escapes, without the query. */
  static String rawPath(String target) {
    int begin = target.startsWith("/") ? 0 : authorityEnd(target);
    int end = target.indexOf('?', begin);
    String path = end < 0 ? target.substring(begin) : target.substring(begin, end);
    return path.isEmpty() ? "/" : path;
  }

  /** The query with its question mark; empty if there is none. */
  static String query(String target) {
    int begin = target.indexOf('?');
    return begin < 0 ? "" : target.substring(begin);
  }

  /** The host that a whole URI names, with its port; null if {@code target} is no whole URI. */
  static @Nullable String authority(String target) {
    int end = target.startsWith("/") ? 0 : authorityEnd(target);
    return end == 0 ? null : target.substring(target.indexOf("//") + 2, end);
  }

  /** Whether {@code text} may be a host with or without a port, as RFC 3986 (3.2.2) has it. */
  static boolean isHost(CharSequence text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c >= IN_HOSTS.length || !IN_HOSTS[c]) {
        return false;
      }
    }
    return true;
  }

  /**
   * {@code text} without its escapes.
   *
   * @throws HttpException 400 if they are malformed, or not UTF-8
   */
  static String decoded(String text) {
    if (text.indexOf('%') < 0) {
      return text;
    }
    byte[] bytes = new byte[text.length()];
    int length = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '%') {
        bytes[length++] = escaped(text, i);
        i += 2;
      } else {
        bytes[length++] = (byte) c;
      }
    }
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(bytes, 0, length))
          .toString();
    } catch (CharacterCodingException e) {
      throw malformed();
    }
  }

  private static byte escaped(String text, int at) {
    if (at + 2 >= text.length()) {
      throw malformed();
    }
    int high = Character.digit(text.charAt(at + 1), 16);
    int low = Character.digit(text.charAt(at + 2), 16);
    int value = high * 16 + low;
    if (high < 0 || low < 0 || value == 0) {
      throw malformed();
    }
    return (byte) value;
  }

  private static HttpException malformed() {
    return new HttpException(400, "malformed escapes in the path\n");
  }
}

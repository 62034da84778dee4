package lemnos.http;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A cookie as a server sets it, in the form of RFC 6265. Unless changed it is out of reach of
 * scripts ({@code HttpOnly}), is not sent along from other sites ({@code SameSite=Lax}), and ends
 * with the browser's session.
 *
 * @param maxAge how long it is kept; null until the browser is closed, zero to delete it
 * @param sameSite {@code Strict}, {@code Lax} or {@code None}
 */
public record Cookie(
    String name,
    String value,
    @Nullable String path,
    @Nullable String domain,
    @Nullable Duration maxAge,
    boolean secure,
    boolean httpOnly,
    String sameSite) {
  /** How many cookies of a request are looked at. */
  static final int MAX_COOKIES = 100;

  public Cookie {
    if (name.isEmpty() || !name.chars().allMatch(Cookie::isToken)) {
      throw new IllegalArgumentException("not the name of a cookie: '" + name + "'");
    }
    if (!value.chars().allMatch(Cookie::isValue)) {
      throw new IllegalArgumentException(
          "the value of cookie " + name + " needs escapes, say base64url or percent");
    }
    checkAttribute("path", path);
    checkAttribute("domain", domain);
    if (!List.of("Strict", "Lax", "None").contains(sameSite)) {
      throw new IllegalArgumentException("sameSite is '" + sameSite + "'; Strict, Lax or None");
    }
  }

  /** For the whole site. */
  public Cookie(String name, String value) {
    this(name, value, "/", null, null, false, true, "Lax");
  }

  public Cookie withMaxAge(Duration maxAge) {
    return new Cookie(name, value, path, domain, maxAge, secure, httpOnly, sameSite);
  }

  public Cookie withPath(String path) {
    return new Cookie(name, value, path, domain, maxAge, secure, httpOnly, sameSite);
  }

  public Cookie withDomain(String domain) {
    return new Cookie(name, value, path, domain, maxAge, secure, httpOnly, sameSite);
  }

  /** To be sent over HTTPS alone. */
  public Cookie withSecure() {
    return new Cookie(name, value, path, domain, maxAge, true, httpOnly, sameSite);
  }

  public Cookie withSameSite(String sameSite) {
    return new Cookie(name, value, path, domain, maxAge, secure, httpOnly, sameSite);
  }

  private static boolean isToken(int c) {
    return c > ' ' && c < 127 && "()<>@,;:\\\"/[]?={}".indexOf(c) < 0;
  }

  private static boolean isValue(int c) {
    return c > ' ' && c < 127 && "\",;\\".indexOf(c) < 0;
  }

  private static void checkAttribute(String what, @Nullable String text) {
    if (text != null && !text.chars().allMatch(c -> c >= ' ' && c < 127 && c != ';')) {
      throw new IllegalArgumentException("not the " + what + " of a cookie: '" + text + "'");
    }
  }

  /** What stands after {@code Set-Cookie:}. */
  @Override
  public String toString() {
    var text = new StringBuilder(name).append('=').append(value);
    if (path != null) {
      text.append("; Path=").append(path);
    }
    if (domain != null) {
      text.append("; Domain=").append(domain);
    }
    if (maxAge != null) {
      text.append("; Max-Age=").append(maxAge.toSeconds());
    }
    if (secure) {
      text.append("; Secure");
    }
    if (httpOnly) {
      text.append("; HttpOnly");
    }
    return text.append("; SameSite=").append(sameSite).toString();
  }

  /** The cookies of a request; of those with the same name the first, as RFC 6265 sorts them. */
  static Map<String, String> parse(List<String> headers) {
    Map<String, String> cookies = new HashMap<>();
    for (String header : headers) {
      for (String pair : header.split(";", MAX_COOKIES + 1)) {
        int equals = pair.indexOf('=');
        if (equals > 0 && cookies.size() < MAX_COOKIES) {
          String value = pair.substring(equals + 1).strip();
          if (value.length() >= 2 && value.startsWith("\"") && value.endsWith("\"")) {
            value = value.substring(1, value.length() - 1);
          }
          cookies.putIfAbsent(pair.substring(0, equals).strip(), value);
        }
      }
    }
    return cookies;
  }
}

package lemnos.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Lets through who knows a name and its password, and tells the handler who it is:
 *
 * {@snippet :
 * handler.with(new BasicAuth("stock", (request, name, password) -> known(name, password)));
 * }
 *
 * <p>{@code request.attachment(BasicAuth.User.class)} is the user then. Passwords go over the
 * network as they are: for TLS alone. Source: RFC 7617.
 */
public final class BasicAuth implements Middleware {
  private static final String SCHEME = "basic ";

  /** Who has logged in. */
  public record User(String name) {}

  /** Says whether that is the user's password. It may wait, as a handler may. */
  @FunctionalInterface
  public interface Check {
    boolean accepts(Request request, String name, String password) throws Exception;
  }

  private final String challenge;
  private final Check check;

  /**
   * @param realm what the password is for, as browsers show it
   */
  public BasicAuth(String realm, Check check) {
    if (!realm.chars().allMatch(c -> c >= ' ' && c < 127 && c != '"' && c != '\\')) {
      throw new IllegalArgumentException("realm is '" + realm + "'; no quotes, and no controls");
    }
    this.challenge = "Basic realm=\"" + realm + "\", charset=\"UTF-8\"";
    this.check = check;
  }

  /** For one user, whose password nobody learns by how long a wrong one takes. */
  public static BasicAuth of(String realm, String name, String password) {
    byte[] only = bytes(name, password);
    return new BasicAuth(realm, (_, n, p) -> MessageDigest.isEqual(only, bytes(n, p)));
  }

  private static byte[] bytes(String name, String password) {
    return (name + ':' + password).getBytes(StandardCharsets.UTF_8);
  }

  /** What a client says: the value of {@code Authorization}. */
  static String credentials(String name, String password) {
    if (name.indexOf(':') >= 0) {
      throw new IllegalArgumentException("name is '" + name + "'; no colons in it");
    }
    return "Basic " + Base64.getEncoder().encodeToString(bytes(name, password));
  }

  @Override
  public void handle(Request request, Response response, Handler next) throws Exception {
    String said = said(request.header(HttpHeaderNames.AUTHORIZATION));
    int colon = said == null ? -1 : said.indexOf(':');
    if (said == null
        || colon < 0
        || !check.accepts(request, said.substring(0, colon), said.substring(colon + 1))) {
      response.status(401).header(HttpHeaderNames.WWW_AUTHENTICATE, challenge);
      response.send("who are you?\n");
      return;
    }
    next.handle(request.attach(User.class, new User(said.substring(0, colon))), response);
  }

  /** Name and password with a colon between them; null if there is no such thing. */
  static @Nullable String said(@Nullable String authorization) {
    if (authorization == null || !authorization.toLowerCase(Locale.ROOT).startsWith(SCHEME)) {
      return null;
    }
    try {
      String coded = authorization.substring(SCHEME.length()).strip();
      return new String(Base64.getDecoder().decode(coded), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      return null;
    }
  }
}

package lemnos.http;

import java.net.URI;
import java.util.Locale;

/** Whom a client connects to. */
record Origin(boolean secure, String host, int port) {
  /** The URI, if it is one of http or https. */
  static URI checked(URI uri) {
    return checked(uri, "http", "https");
  }

  /** The URI, if it is one of ws or wss. */
  static URI checkedWebSocket(URI uri) {
    return checked(uri, "ws", "wss");
  }

  private static URI checked(URI uri, String open, String secure) {
    String scheme = scheme(uri);
    if (!(scheme.equals(open) || scheme.equals(secure)) || uri.getHost() == null) {
      throw new IllegalArgumentException(
          "not a URI of " + open + " or " + secure + ": '" + uri + "'");
    }
    return uri;
  }

  private static String scheme(URI uri) {
    return uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
  }

  static Origin of(URI uri) {
    String scheme = scheme(uri);
    boolean secure = scheme.equals("https") || scheme.equals("wss");
    int port = uri.getPort() >= 0 ? uri.getPort() : secure ? 443 : 80;
    String host = uri.getHost();
    return new Origin(
        secure,
        host.startsWith("[") ? host.substring(1, host.length() - 1) : host.toLowerCase(Locale.ROOT),
        port);
  }

  /** As in the header {@code Host}: without the port that the scheme implies. */
  String authority() {
    String name = host.indexOf(':') >= 0 ? "[" + host + "]" : host;
    return port == (secure ? 443 : 80) ? name : name + ":" + port;
  }
}

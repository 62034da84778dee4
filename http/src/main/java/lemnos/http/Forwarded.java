package lemnos.http;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Whom to believe when they say on whose behalf they ask: {@code X-Forwarded-For}, {@code -Proto}
 * and {@code -Host} count only if they come from a trusted proxy; by default nobody is one.
 */
final class Forwarded {
  /** Nobody is believed. */
  static final Forwarded OFF = new Forwarded(List.of());

  private record Network(byte[] address, int bits) {
    boolean contains(byte[] other) {
      if (other.length != address.length) {
        return false;
      }
      for (int i = 0; i < bits; i++) {
        int mask = 0x80 >> (i & 7);
        if (((address[i >> 3] ^ other[i >> 3]) & mask) != 0) {
          return false;
        }
      }
      return true;
    }
  }

  private final List<Network> trusted;

  private Forwarded(List<Network> trusted) {
    this.trusted = trusted;
  }

  /** Believes those whose address is in {@code networks}: {@code 10.0.0.0/8}, {@code ::1}. */
  static Forwarded trusting(List<String> networks) {
    List<Network> all = new ArrayList<>();
    for (String text : networks) {
      int slash = text.indexOf('/');
      byte[] address = address(slash < 0 ? text : text.substring(0, slash));
      if (address == null) {
        throw new IllegalArgumentException("not an address or a network: '" + text + "'");
      }
      int most = address.length * 8;
      int bits = slash < 0 ? most : bits(text.substring(slash + 1));
      if (bits < 0 || bits > most) {
        throw new IllegalArgumentException("not a network: '" + text + "'");
      }
      all.add(new Network(address, bits));
    }
    return new Forwarded(List.copyOf(all));
  }

  private static int bits(String text) {
    return text.matches("[0-9]{1,3}") ? Integer.parseInt(text) : -1;
  }

  /** The bytes of an address in digits; null if it is none. Never asks a name server. */
  private static byte @Nullable [] address(String text) {
    boolean digits =
        text.chars().allMatch(c -> Character.digit(c, 16) >= 0 || c == ':' || c == '.');
    boolean numeric = text.indexOf(':') >= 0 || text.chars().allMatch(c -> c <= '9');
    if (text.isEmpty() || !digits || !numeric) {
      return null;
    }
    try {
      return InetAddress.getByName(text).getAddress();
    } catch (UnknownHostException e) {
      return null;
    }
  }

  private boolean isTrusted(byte @Nullable [] address) {
    return address != null && trusted.stream().anyMatch(network -> network.contains(address));
  }

  private boolean isTrusted(Request request) {
    InetAddress remote = request.remoteAddress().getAddress();
    return !trusted.isEmpty() && remote != null && isTrusted(remote.getAddress());
  }

  /** The last address in the chain that no trusted proxy has. */
  String clientAddress(Request request) {
    InetAddress remote = request.remoteAddress().getAddress();
    String client = remote == null ? "-" : remote.getHostAddress();
    if (!isTrusted(request)) {
      return client;
    }
    List<String> chain = list(request, "x-forwarded-for");
    for (int i = chain.size() - 1; i >= 0; i--) {
      byte[] hop = address(chain.get(i));
      if (hop == null) {
        return client; // not an address: whoever wrote it is the last that we know
      }
      client = chain.get(i);
      if (!isTrusted(hop)) {
        return client;
      }
    }
    return client;
  }

  String scheme(Request request, boolean secure) {
    String scheme = lastOf(request, "x-forwarded-proto");
    return scheme != null && (scheme.equals("http") || scheme.equals("https"))
        ? scheme
        : secure ? "https" : "http";
  }

  String host(Request request) {
    String host = lastOf(request, "x-forwarded-host");
    if (host == null) {
      host = Target.authority(request.target()); // which goes before the header: RFC 9112 (3.2.2)
    }
    if (host == null) {
      host = request.header("host");
    }
    return host == null ? "" : host;
  }

  private @Nullable String lastOf(Request request, String name) {
    List<String> all = isTrusted(request) ? list(request, name) : List.of();
    return all.isEmpty() ? null : all.getLast();
  }

  private static List<String> list(Request request, String name) {
    List<String> list = new ArrayList<>();
    for (String value : request.headers().all(name)) {
      for (String element : value.split(",", -1)) {
        list.add(element.strip());
      }
    }
    return list;
  }
}

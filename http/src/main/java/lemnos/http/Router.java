package lemnos.http;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Chooses a handler by method and path. A pattern is a path in which {@code {name}} stands for one
 * segment and {@code {name...}}, at the end, for the rest, which may be empty; what they stood for
 * is {@link Request#path(String)}. A literal segment goes before a parameter, whatever the order of
 * the routes. Patterns and parameters are without escapes: {@code /caf%C3%A9} fits {@code /café}. A
 * slash at the end is part of the path, and counts.
 *
 * <p>HEAD is answered by the handler of GET, OPTIONS by itself. To be filled before it serves.
 */
public final class Router implements Handler {
  private static final String ANY = "*";

  private static final class Node {
    final Map<String, Node> literals = new HashMap<>();
    final Map<String, Route> routes = new TreeMap<>();
    final Map<String, Route> rests = new TreeMap<>();
    @Nullable Node parameter;
  }

  private record Route(List<String> names, Handler handler) {}

  private record Match(Map<String, Route> routes, List<String> values) {}

  private final Node root = new Node();
  private Handler notFound = (_, response) -> response.status(404).send("not found\n");

  /** No routes. */
  public Router() {}

  public Router get(String pattern, Handler handler) {
    return route("GET", pattern, handler);
  }

  public Router post(String pattern, Handler handler) {
    return route("POST", pattern, handler);
  }

  public Router put(String pattern, Handler handler) {
    return route("PUT", pattern, handler);
  }

  public Router patch(String pattern, Handler handler) {
    return route("PATCH", pattern, handler);
  }

  public Router delete(String pattern, Handler handler) {
    return route("DELETE", pattern, handler);
  }

  /** For all methods that have no route of their own. */
  public Router any(String pattern, Handler handler) {
    return route(ANY, pattern, handler);
  }

  /** What answers if no pattern fits. Default: 404. */
  public Router notFound(Handler handler) {
    notFound = handler;
    return this;
  }

  /**
   * @throws IllegalArgumentException if the pattern is none, or stands for the same paths as an
   *     earlier one
   */
  public Router route(String method, String pattern, Handler handler) {
    if (!pattern.startsWith("/")) {
      throw new IllegalArgumentException("a pattern begins with '/': '" + pattern + "'");
    }
    List<String> names = new ArrayList<>();
    Node node = root;
    String[] segments = segments(pattern);
    for (int i = 0; i < segments.length; i++) {
      String name = parameterName(segments[i], pattern);
      if (name == null) {
        node = node.literals.computeIfAbsent(segments[i], _ -> new Node());
        continue;
      }
      boolean isRest = name.endsWith("...");
      String plain = isRest ? name.substring(0, name.length() - 3) : name;
      if (plain.isEmpty() || names.contains(plain) || (isRest && i < segments.length - 1)) {
        throw new IllegalArgumentException("'{" + name + "}' is misplaced in '" + pattern + "'");
      }
      names.add(plain);
      if (isRest) {
        return put(node.rests, method, pattern, new Route(List.copyOf(names), handler));
      }
      if (node.parameter == null) {
        node.parameter = new Node();
      }
      node = node.parameter;
    }
    return put(node.routes, method, pattern, new Route(List.copyOf(names), handler));
  }

  private Router put(Map<String, Route> routes, String method, String pattern, Route route) {
    if (routes.putIfAbsent(method, route) != null) {
      throw new IllegalArgumentException(
          "there is a route for " + method + " " + pattern + ", or one that means the same");
    }
    return this;
  }

  private static @Nullable String parameterName(String segment, String pattern) {
    if (segment.startsWith("{") && segment.endsWith("}")) {
      return segment.substring(1, segment.length() - 1);
    }
    if (segment.indexOf('{') >= 0 || segment.indexOf('}') >= 0) {
      throw new IllegalArgumentException(
          "a parameter is a whole segment: '" + segment + "' in '" + pattern + "'");
    }
    return null;
  }

  private static String[] segments(String path) {
    return path.substring(1).split("/", -1);
  }

  /** Whoever escapes what needs no escape must not get past the route that is meant for it. */
  private static String[] plain(String[] segments) {
    for (int i = 0; i < segments.length; i++) {
      segments[i] = Target.decoded(segments[i]);
    }
    return segments;
  }

  @Override
  public void handle(Request request, Response response) throws Exception {
    String path = request.rawPath();
    List<String> values = new ArrayList<>();
    Match match = path.startsWith("/") ? find(root, plain(segments(path)), 0, values) : null;
    if (match == null && path.equals("*")) { // asks what the server can do at all
      response.status(204).send();
      return;
    }
    if (match == null) {
      notFound.handle(request, response);
      return;
    }
    Route route = choose(match.routes, request.method());
    if (route == null) {
      refuse(match.routes, request, response);
      return;
    }
    Map<String, String> parameters = new HashMap<>();
    for (int i = 0; i < route.names.size(); i++) {
      parameters.put(route.names.get(i), match.values.get(i));
    }
    request.setPathParameters(parameters);
    route.handler.handle(request, response);
  }

  private static @Nullable Route choose(Map<String, Route> routes, String method) {
    Route route = routes.get(method);
    if (route == null && method.equals("HEAD")) {
      route = routes.get("GET");
    }
    return route == null ? routes.get(ANY) : route;
  }

  private static void refuse(Map<String, Route> routes, Request request, Response response)
      throws Exception {
    var allowed = new TreeSet<>(routes.keySet());
    allowed.add("OPTIONS");
    if (routes.containsKey("GET")) {
      allowed.add("HEAD");
    }
    response.header("Allow", String.join(", ", allowed));
    if (request.method().equals("OPTIONS")) {
      response.status(204).send();
    } else {
      response.status(405).send("method not allowed\n");
    }
  }

  /** Goes at most as deep as the longest pattern. */
  private static @Nullable Match find(Node node, String[] segments, int at, List<String> values) {
    if (at == segments.length) {
      return node.routes.isEmpty() ? null : new Match(node.routes, values);
    }
    Node literal = node.literals.get(segments[at]);
    Match match = literal == null ? null : find(literal, segments, at + 1, values);
    if (match != null) {
      return match;
    }
    if (node.parameter != null && !segments[at].isEmpty()) {
      values.add(segments[at]);
      match = find(node.parameter, segments, at + 1, values);
      if (match != null) {
        return match;
      }
      values.removeLast();
    }
    if (node.rests.isEmpty()) {
      return null;
    }
    values.add(String.join("/", List.of(segments).subList(at, segments.length)));
    return new Match(node.rests, values);
  }
}

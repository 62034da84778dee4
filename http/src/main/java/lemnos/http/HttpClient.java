package lemnos.http;

import java.net.URI;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import lemnos.core.Core;

/**
 * Asks HTTP servers, in sequential actors: plain calls that wait. Connections are kept for the next
 * request, on each worker its own. Safe for all threads; what it gives belongs to the actor that
 * asked.
 *
 * {@snippet :
 * String text = client.get("https://example.org/").send(ctx).text();
 * }
 */
public final class HttpClient {
  private final ClientSetup setup;
  private final Map<Core, Pool> pools = new ConcurrentHashMap<>();

  HttpClient(ClientSetup setup) {
    this.setup = setup;
  }

  /** A client to be configured and built. */
  public static ClientSetup setup() {
    return new ClientSetup();
  }

  public ClientRequest get(String uri) {
    return request("GET", uri);
  }

  public ClientRequest post(String uri) {
    return request("POST", uri);
  }

  /**
   * @throws IllegalArgumentException if {@code uri} is none of http or https
   */
  public ClientRequest request(String method, String uri) {
    return new ClientRequest(this, method, Origin.checked(URI.create(uri)));
  }

  /**
   * A WebSocket to be opened.
   *
   * @throws IllegalArgumentException if {@code uri} is none of ws or wss
   */
  public WebSocketRequest webSocket(String uri) {
    return new WebSocketRequest(this, Origin.checkedWebSocket(URI.create(uri)));
  }

  ClientSetup settings() {
    return setup;
  }

  /** The connections of a worker. */
  Pool pool(Core core) {
    return pools.computeIfAbsent(core, c -> new Pool(setup, c));
  }
}

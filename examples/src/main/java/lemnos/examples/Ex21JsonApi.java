package lemnos.examples;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import lemnos.http.Compression;
import lemnos.http.Handler;
import lemnos.http.HttpException;
import lemnos.http.HttpServer;
import lemnos.http.Param;
import lemnos.http.Request;
import lemnos.http.Response;
import lemnos.http.Router;

/** An API that speaks JSON: routes with typed parameters, errors as exceptions, middleware. */
public final class Ex21JsonApi {
  private static final Param<Integer> ITEM = Param.ofInt("item");
  private static final Param<Integer> LEAST = Param.ofInt("least");

  private final Map<Integer, Long> stock = new ConcurrentHashMap<>();

  private Ex21JsonApi() {}

  static Handler api() {
    var api = new Ex21JsonApi();
    return new Router()
        .get("/stock", api::list)
        .get("/stock/{item}", api::get)
        .put("/stock/{item}", api::put)
        .delete("/stock/{item}", api::delete)
        .with(new Compression());
  }

  private void list(Request request, Response response) throws Exception {
    Integer least = request.query(LEAST);
    String items =
        new TreeMap<>(stock)
            .entrySet().stream()
                .filter(entry -> least == null || entry.getValue() >= least)
                .map(entry -> json(entry.getKey(), entry.getValue()))
                .collect(Collectors.joining(",", "[", "]\n"));
    response.type("application/json").send(items);
  }

  private void get(Request request, Response response) throws Exception {
    int item = request.path(ITEM);
    Long amount = stock.get(item);
    if (amount == null) {
      throw new HttpException(404, "there is no item " + item + "\n");
    }
    response.type("application/json").send(json(item, amount) + "\n");
  }

  private void put(Request request, Response response) throws Exception {
    String text = request.body().limit(100).text().strip();
    try {
      stock.put(request.path(ITEM), Long.valueOf(text));
    } catch (NumberFormatException e) {
      throw new HttpException(400, "not an amount: '" + text + "'\n");
    }
    response.status(204).send();
  }

  private void delete(Request request, Response response) throws Exception {
    response.status(stock.remove(request.path(ITEM)) == null ? 404 : 204).send();
  }

  private static String json(int item, long amount) {
    return "{\"item\":" + item + ",\"amount\":" + amount + "}";
  }

  /** Runs the example. */
  public static void main(String[] args) throws Exception {
    int port = args.length > 0 ? Integer.parseInt(args[0]) : 8080;
    HttpServer.setup(api()).port(port).accessLog(System.out::println).run();
  }
}

package lemnos.examples;

import java.nio.file.Path;
import lemnos.http.Compression;
import lemnos.http.HttpServer;
import lemnos.http.Router;
import lemnos.http.StaticFiles;
import lemnos.net.Tls;

/** The files of a folder over HTTPS, by HTTP/2 for those who can. */
public final class Ex24TlsFiles {
  private Ex24TlsFiles() {}

  static Router files(Path folder) throws Exception {
    return new Router().get("/{file...}", StaticFiles.in(folder));
  }

  /** Runs the example: {@code Ex24TlsFiles folder certificates.pem key.pem}. */
  public static void main(String[] args) throws Exception {
    HttpServer.setup(files(Path.of(args[0])).with(new Compression()))
        .port(8443)
        .tls(Tls.server(Path.of(args[1]), Path.of(args[2])))
        .run();
  }
}

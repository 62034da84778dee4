package lemnos.http;

import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.io.UncheckedIOException;
import lemnos.net.Tls;

/** Servers with TLS, for tests. */
final class Certificates {
  private Certificates() {}

  /** For localhost, by name and address. */
  static X509Bundle selfSigned() throws Exception {
    return new CertificateBuilder()
        .subject("CN=here")
        .ecp256()
        .setIsCertificateAuthority(true)
        .addSanDnsName("localhost")
        .addSanIpAddress("127.0.0.1")
        .buildSelfSigned();
  }

  /** Has a server show {@code bundle}. */
  static ServerSetup tls(ServerSetup setup, X509Bundle bundle) {
    try {
      return setup.tls(Tls.server(bundle.getKeyPair().getPrivate(), bundle.getCertificatePath()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

package lemnos.net;

import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;

/** An authority for tests, and certificates that it has issued. */
final class Certificates {
  private static final Instant NOW = Instant.now();

  private final X509Bundle authority;

  Certificates(String name) throws Exception {
    authority =
        new CertificateBuilder()
            .subject("CN=" + name)
            .ecp256()
            .setIsCertificateAuthority(true)
            .buildSelfSigned();
  }

  X509Certificate authority() {
    return authority.getCertificate();
  }

  /** {@link #authority}, as the content of a file. */
  String authorityPem() {
    return authority.getCertificatePEM();
  }

  /** For this machine, by its name and its addresses. */
  X509Bundle here() throws Exception {
    return builder("here")
        .addSanDnsName("localhost")
        .addSanIpAddress("127.0.0.1")
        .buildIssuedBy(authority);
  }

  X509Bundle named(String name) throws Exception {
    return named(name, name);
  }

  /** For the server {@code dnsName}. */
  X509Bundle named(String name, String dnsName) throws Exception {
    return builder(name).addSanDnsName(dnsName).buildIssuedBy(authority);
  }

  X509Bundle expired() throws Exception {
    return builder("expired")
        .addSanDnsName("localhost")
        .notBefore(NOW.minus(Duration.ofDays(20)))
        .notAfter(NOW.minus(Duration.ofDays(10)))
        .buildIssuedBy(authority);
  }

  private static CertificateBuilder builder(String name) {
    return new CertificateBuilder().subject("CN=" + name).ecp256();
  }

  /** Two files, with the certificates and the key. */
  record InFiles(Path chain, Path key) {
    static InFiles in(Path folder) {
      return new InFiles(folder.resolve("chain.pem"), folder.resolve("key.pem"));
    }

    void write(X509Bundle bundle) throws IOException {
      Files.writeString(chain, bundle.getCertificatePathPEM());
      Files.writeString(key, bundle.getPrivateKeyPEM());
    }
  }

  static Tls server(X509Bundle bundle) throws IOException {
    return setup(bundle).build();
  }

  static TlsSetup setup(X509Bundle bundle) {
    return Tls.server(bundle.getKeyPair().getPrivate(), bundle.getCertificatePath());
  }
}

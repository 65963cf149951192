// SPDX-License-Identifier: MIT
// Why `envkeep doctor --deep` says that a host of the web cannot be used: each reason in words,
// with its cure, from a web server with TLS.
#include "peers/ssh_server.hpp"
#include "unit/cli/command_line.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace envkeep::cli {
namespace {

using ::testing::AllOf;
using testing::Answer;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::run_program;

class DoctorWebReasons : public ::testing::Test {
  protected:
    DoctorWebReasons() {
        EXPECT_EQ(line.run({"init", "--template", "container"}).status, 0);
        run_program({"git", "init", "-q", "--bare", line.tree / "served/x.git"});
    }

    // With a certificate for that name, signed by nobody else. `valid` are options of openssl.
    void serve(const std::string& name,
               const std::string& valid = "openssl x509 -req -days 2 -signkey key.pem") {
        run_program(
            {"sh",
             "-c",
             fmt::format(
                 "cd {0} && echo subjectAltName={1} >names && : >index && echo 01 >serial && "
                 "printf '[ca]\\ndefault_ca = all\\n[all]\\ndatabase = index\\nserial = serial\\n"
                 "new_certs_dir = .\\npolicy = any\\n[any]\\ncommonName = "
                 "supplied\\n' >ca.cnf && "
                 "openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes "
                 "-subj /CN=x -keyout key.pem -out request.pem && "
                 "{2} -extfile names -in request.pem -out shown.pem",
                 line.tree.path(),
                 name,
                 valid)});
        server.emplace(std::vector<std::string>{"/usr/bin/python3",
                                                ENVKEEP_TESTS_DIR "/peers/git_http.py",
                                                line.tree / "served",
                                                "--tls",
                                                line.tree / "shown.pem",
                                                line.tree / "key.pem",
                                                "--let",
                                                "oauth2:sesame"});
        line.tree.file("storage/envkeep/manifest.yaml",
                       fmt::format("envkeep: 1\ndotfiles: {{url: \"https://{}:{}/x.git\", "
                                   "token: MY_TOKEN}}\n",
                                   host,
                                   server->first_line()));
        line.set("MY_TOKEN", "sesame");
    }

    void trust() { line.set("SSL_CERT_FILE", line.tree / "shown.pem"); }

    Answer doctor() { return line.run({"doctor", "--deep"}); }

    testing::CommandLine line;
    std::optional<testing::RunningProgram> server;
    std::string host = "127.0.0.1";  // of the URL
};

TEST_F(DoctorWebReasons, NoneWhereTheVariablesTokenIsAccepted) {
    serve("IP:127.0.0.1");
    trust();

    EXPECT_THAT(doctor().out,
                AllOf(HasSubstr("https 127.0.0.1:" + server->first_line() + " (MY_TOKEN)  well"),
                      Not(HasSubstr("cannot be used"))));
}

TEST_F(DoctorWebReasons, ATokenThatTheServerRefuses) {
    serve("IP:127.0.0.1");
    trust();
    line.set("MY_TOKEN", "wrong-one");

    const Answer answer = doctor();

    EXPECT_EQ(answer.status, 1);
    EXPECT_THAT(answer.out,
                AllOf(HasSubstr("[git-token-refused]"),
                      HasSubstr("/x.git does not accept the token"),
                      HasSubstr("offered: the variable MY_TOKEN"),
                      HasSubstr("make a new token"),
                      Not(HasSubstr("wrong-one"))));
}

TEST_F(DoctorWebReasons, NoTokenWhereTheServerWantsOne) {
    serve("IP:127.0.0.1");
    trust();
    line.set("MY_TOKEN", "");

    EXPECT_THAT(doctor().out,
                AllOf(HasSubstr("[git-token-needed]"),
                      HasSubstr("/x.git wants a token"),
                      HasSubstr("a variable that `token:` in the manifest names"),
                      HasSubstr("(https://USER:TOKEN@HOST)")));
}

TEST_F(DoctorWebReasons, AnAuthorityThatNobodyKnows) {
    serve("IP:127.0.0.1");

    EXPECT_THAT(doctor().out,
                AllOf(HasSubstr("[git-certificate-untrusted]"),
                      HasSubstr("the certificate of 127.0.0.1 is not trusted"),
                      HasSubstr("certificate authorities: "),
                      HasSubstr("SSL_CERT_FILE")));
}

TEST_F(DoctorWebReasons, ACertificateThatHasExpired) {
    serve("IP:127.0.0.1", "openssl x509 -req -days -1 -signkey key.pem");
    trust();

    EXPECT_THAT(doctor().out,
                AllOf(HasSubstr("[git-certificate-untrusted]"),
                      HasSubstr("the certificate of 127.0.0.1 has expired"),
                      HasSubstr("valid until 20"),
                      HasSubstr("must renew it"),
                      Not(HasSubstr("SSL_CERT_FILE"))));
}

TEST_F(DoctorWebReasons, ACertificateThatIsNotValidYetAsWhereTheClockIsBehind) {
    serve("IP:127.0.0.1",
          "openssl ca -batch -selfsign -config ca.cnf -md sha256 -keyfile key.pem "
          "-startdate 20980101000000Z -enddate 20990101000000Z");
    trust();

    EXPECT_THAT(doctor().out,
                AllOf(HasSubstr("[git-certificate-untrusted]"),
                      HasSubstr("the certificate of 127.0.0.1 is not valid yet"),
                      HasSubstr("valid from 2098-01-01; here it is 20"),
                      HasSubstr("the clock of this machine is behind"),
                      HasSubstr("use an ssh URL"),
                      Not(HasSubstr("SSL_CERT_FILE"))));
}

TEST_F(DoctorWebReasons, ACertificateOfAnotherHost) {
    host = "localhost";
    serve("DNS:git.example,DNS:www.example");
    trust();

    EXPECT_THAT(doctor().out,
                AllOf(HasSubstr("[git-certificate-untrusted]"),
                      HasSubstr("the certificate of localhost is one of another host"),
                      HasSubstr("it is for git.example"),
                      HasSubstr("it is for www.example"),
                      HasSubstr("in the URL"),
                      Not(HasSubstr("SSL_CERT_FILE"))));
}

TEST_F(DoctorWebReasons, ACertificateOfAnotherAddress) {
    serve("IP:127.0.0.2");
    trust();

    EXPECT_THAT(doctor().out, HasSubstr("the certificate of 127.0.0.1 is one of another host"));
}

TEST_F(DoctorWebReasons, ACertificateOfNamesOnlyWhereTheUrlHasAnAddress) {
    serve("DNS:git.example");
    trust();

    EXPECT_THAT(doctor().out,
                AllOf(HasSubstr("the certificate of 127.0.0.1 is one of another host"),
                      HasSubstr("in the URL"),
                      Not(HasSubstr("connection"))));
}

TEST_F(DoctorWebReasons, AServerThatTalksNoTls) {
    serve("IP:127.0.0.1");
    const testing::RunningProgram plain(
        {"/usr/bin/python3", ENVKEEP_TESTS_DIR "/peers/git_http.py", line.tree / "served"});
    line.tree.file("storage/envkeep/manifest.yaml",
                   fmt::format("envkeep: 1\ndotfiles: {{url: \"https://127.0.0.1:{}/x.git\"}}\n",
                               plain.first_line()));

    EXPECT_THAT(doctor().out, AllOf(HasSubstr("[git-not-git]"), HasSubstr("with https:// or")));
}

}  // namespace
}  // namespace envkeep::cli

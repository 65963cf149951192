// SPDX-License-Identifier: MIT
#include "envkeep/packages/files_of.hpp"

#include "envkeep/posix/machine.hpp"
#include "unit/packages/captured.hpp"

#include <gmock/gmock.h>

namespace envkeep::packages {
namespace {

using ::testing::ElementsAre;

class FilesOfDistribution : public Captured {};

TEST_F(FilesOfDistribution, AreThoseOfItsRecordAndMetadataComeLast) {
    const std::string site = "usr/local/lib/python3.11/dist-packages";
    tree.file(site + "/Foo_Bar-1.0.dist-info/RECORD",
              "foo/b.py,sha256=x,1\nFoo_Bar-1.0.dist-info/METADATA,,\n"
              "Foo_Bar-1.0.dist-info/INSTALLER,,\n"
              "Foo_Bar-1.0.dist-info/RECORD,,\n../../../bin/foo,,\nfoo/a.py,,\n"
              "../../../../../etc/passwd,,\n/etc/shadow,,\n");
    auto files = posix::Files::captured(tree.path()).value();
    const auto machine = posix::Machine::captured(tree.path(), variables().data()).value();
    const Package package{.place = '/' + site, .name = "foo-bar", .version = "1.0"};

    EXPECT_THAT(files_of_distribution(package, files, machine).value(),
                ElementsAre("/usr/local/bin/foo",
                            '/' + site + "/foo/a.py",
                            '/' + site + "/foo/b.py",
                            '/' + site + "/Foo_Bar-1.0.dist-info/INSTALLER",
                            '/' + site + "/Foo_Bar-1.0.dist-info/RECORD",
                            '/' + site + "/Foo_Bar-1.0.dist-info/METADATA"));
}

TEST_F(FilesOfDistribution, AreThoseOfOneVersionWhereAnotherIsThereToo) {
    const std::string site = "usr/local/lib/python3.11/dist-packages";
    tree.file(site + "/foo-1.0.dist-info/METADATA", "Name: foo\nVersion: 1.0\n")
        .file(site + "/foo-1.0.dist-info/RECORD", "foo/one.py,,\n")
        .file(site + "/foo-2.0.dist-info/METADATA", "Name: foo\nVersion: 2.0\n")
        .file(site + "/foo-2.0.dist-info/RECORD", "foo/two.py,,\n");
    auto files = posix::Files::captured(tree.path()).value();
    const auto machine = posix::Machine::captured(tree.path(), variables().data()).value();
    const Package package{.place = '/' + site, .name = "foo", .version = "2.0"};

    EXPECT_EQ(files_of_distribution(package, files, machine).value().front(),
              '/' + site + "/foo/two.py");
}

TEST_F(FilesOfDistribution, AreThoseWithWhichARemovalEndsWhereItLeftNothingElse) {
    const std::string site = "usr/local/lib/python3.11/dist-packages";
    tree.file(site + "/foo-1.0.dist-info/METADATA", "Name: foo\nVersion: 1.0\n")
        .file(site + "/foo-1.0.dist-info/.RECORD.envkeep-b5f909f8");
    auto files = posix::Files::captured(tree.path()).value();
    const auto machine = posix::Machine::captured(tree.path(), variables().data()).value();
    const Package package{.place = '/' + site, .name = "foo", .version = "1.0"};

    EXPECT_THAT(files_of_distribution(package, files, machine).value(),
                ElementsAre('/' + site + "/foo-1.0.dist-info/RECORD",
                            '/' + site + "/foo-1.0.dist-info/METADATA"));
}

TEST_F(FilesOfDistribution, AreNotKnownWithoutARecord) {
    auto files = posix::Files::captured(tree.path()).value();
    const auto machine = posix::Machine::captured(tree.path(), variables().data()).value();

    EXPECT_EQ(
        files_of_distribution({.place = "/usr/lib", .name = "x"}, files, machine).error().kind,
        ErrorKind::not_found);
}

TEST(MetadataOfPackages, IsKnownByItsPath) {
    EXPECT_EQ(metadata_at("/v/lib/python3.11/site-packages/Foo_Bar-1.0.dist-info"),
              (Metadata{.place = "/v/lib/python3.11/site-packages", .name = "foo-bar"}));
    EXPECT_EQ(metadata_at("/opt/conda/conda-meta/a-b-1.0-py311_0.json"),
              (Metadata{.domain = Domain::conda, .place = "/opt/conda", .name = "a-b"}));
    EXPECT_EQ(metadata_at("/var/lib/dpkg/info/zlib1g:amd64.list"),
              (Metadata{.domain = Domain::apt, .place = {}, .name = "zlib1g:amd64"}));
    for (const char* const path : {"/opt/conda/conda-meta/history",
                                   "/opt/conda/conda-meta/x.json",
                                   "/opt/conda/conda-meta/x-1.json",
                                   "/var/lib/dpkg/info/x.md5sums",
                                   "/usr/lib/x"}) {
        EXPECT_EQ(metadata_at(path), std::nullopt) << path;
    }
}

TEST(MetadataOfPackages, ListsFilesThatLieInItsPrefix) {
    const std::string conda = "/opt/conda/conda-meta/x-1-0.json";
    EXPECT_THAT(files_in_list(metadata_at(conda).value(),
                              R"({"name": "x", "files": ["bin/x", "../../etc/passwd", "/etc/x"]})"),
                ElementsAre("/opt/conda/bin/x"));
    const std::string dpkg = "/var/lib/dpkg/info/x.list";
    EXPECT_THAT(files_in_list(metadata_at(dpkg).value(), "/.\n/usr\n/usr/x\n/usr/../etc/passwd\n"),
                ElementsAre("/usr", "/usr/x"));
}

}  // namespace
}  // namespace envkeep::packages

// SPDX-License-Identifier: MIT
#include "envkeep/packages/ownership.hpp"

#include "unit/packages/captured.hpp"

#include <gmock/gmock.h>

namespace envkeep::packages {
namespace {

const std::string site = "usr/local/lib/python3.11/dist-packages";

class OwnershipOfFiles : public Captured {
  protected:
    // The name of the owner, with its domain.
    std::string owner(const std::string& path) {
        if (!owned_) {
            auto files = posix::Files::captured(tree.path());
            auto pointers = variables();
            auto machine = posix::Machine::captured(tree.path(), pointers.data());
            inventory_ = taken();
            owned_ = read_ownership(inventory_,
                                    {.home = "/root", .apt = {"tree", "zlib1g"}},
                                    files.value(),
                                    machine.value())
                         .value();
        }
        const auto found = owned_->owner_of(path);
        return found ? std::string(word_of(inventory_.packages.at(*found).domain)) + ' ' +
                           inventory_.packages.at(*found).name
                     : "nobody";
    }

    void module(const std::string& name, const std::string& record) {
        distribution(site, name, "1");
        tree.file(site + "/" + name + "-1.dist-info/RECORD", record);
    }

  private:
    Inventory inventory_;
    std::optional<Ownership> owned_;
};

TEST_F(OwnershipOfFiles, IsAsRecordSays) {
    module("einops",
           "einops/__init__.py,,\n\"einops/odd, name.py\",,\n../../../bin/einops,,\n"
           "../../../../../etc/passwd,,\n/etc/shadow,,\n../../../../bin/x,,\n");

    const std::string place = "/" + site;
    EXPECT_EQ(owner(place + "/einops/__init__.py"), "python einops");
    EXPECT_EQ(owner(place + "/einops/odd, name.py"), "python einops");
    EXPECT_EQ(owner("/usr/local/bin/einops"), "python einops");
    EXPECT_EQ(owner("/etc/passwd"), "nobody");
    EXPECT_EQ(owner("/etc/shadow"), "nobody");
    EXPECT_EQ(owner("/usr/bin/x"), "nobody");
}

TEST_F(OwnershipOfFiles, GoesByTheFolderForWhatIsNotListed) {
    module("einops", "einops/__init__.py,,\neinops/layers/torch.py,,\n../../../bin/einops,,\n");

    const std::string place = "/" + site;
    EXPECT_EQ(owner(place + "/einops/__pycache__/__init__.cpython-311.pyc"), "python einops");
    EXPECT_EQ(owner(place + "/einops/layers/new/x.bin"), "python einops");
    EXPECT_EQ(owner(place + "/einops"), "python einops");
    EXPECT_EQ(owner(place + "/einops-1.dist-info/later"), "python einops");
    EXPECT_EQ(owner(place + "/other.py"), "nobody");
    EXPECT_EQ(owner(place), "nobody");
    EXPECT_EQ(owner("/usr/local/bin/other"), "nobody");
    EXPECT_EQ(owner(place + "/einopsy/x.py"), "nobody");
}

TEST_F(OwnershipOfFiles, GivesNoneForASharedFolder) {
    module("alpha", "google/alpha/a.py,,\ngoogle/both.py,,\n");
    module("beta", "google/beta/b.py,,\ngoogle/both.py,,\n");

    const std::string place = "/" + site;
    EXPECT_EQ(owner(place + "/google/alpha/__pycache__/a.pyc"), "python alpha");
    EXPECT_EQ(owner(place + "/google/beta/b.py"), "python beta");
    EXPECT_EQ(owner(place + "/google/both.py"), "nobody");
    EXPECT_EQ(owner(place + "/google/new.py"), "nobody");
    EXPECT_EQ(owner(place + "/google/gamma/x.py"), "nobody");
}

TEST_F(OwnershipOfFiles, IsCondasAsItsFilesSayAndPipsWherePipWroteOver) {
    tree.file("opt/conda/conda-meta/numpy-1.26.0-py311.json",
              R"({"name": "numpy", "version": "1.26.0", "build": "py311", "files": [
                  "lib/python3.11/site-packages/numpy/__init__.py",
                  "lib/python3.11/site-packages/numpy-1.26.0.dist-info/RECORD",
                  "lib/python3.11/site-packages/old/__init__.py",
                  "../escaped", "/etc/x", "lib/libnp.so"]})");
    const std::string conda = "opt/conda/lib/python3.11/site-packages";
    distribution(conda, "numpy", "1.26.0", "conda");
    distribution(conda, "old", "2.0", "pip");

    EXPECT_EQ(owner("/opt/conda/lib/libnp.so"), "conda numpy");
    EXPECT_EQ(owner("/opt/conda/lib/other.so"), "nobody");
    EXPECT_EQ(owner("/" + conda + "/numpy/__init__.py"), "conda numpy");
    EXPECT_EQ(owner("/" + conda + "/numpy/__pycache__/x.pyc"), "conda numpy");
    EXPECT_EQ(owner("/" + conda + "/old/__init__.py"), "python old");
    EXPECT_EQ(owner("/" + conda + "/old/__pycache__/x.pyc"), "python old");
    EXPECT_EQ(owner("/opt/conda/conda-meta/numpy-1.26.0-py311.json"), "conda numpy");
    EXPECT_EQ(owner("/opt/escaped"), "nobody");
    EXPECT_EQ(owner("/etc/x"), "nobody");
}

TEST_F(OwnershipOfFiles, IsAptsForThePackagesNamed) {
    tree.file("var/lib/dpkg/status",
              "Package: tree\nStatus: install ok installed\nArchitecture: amd64\nVersion: 2\n\n"
              "Package: zlib1g\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1\n\n"
              "Package: bash\nStatus: install ok installed\nArchitecture: amd64\nVersion: 5\n");
    const std::string info = "var/lib/dpkg/info/";
    tree.file(info + "tree.list",
              "/.\n/usr\n/usr/bin\n/usr/bin/tree\n/usr/bin/npm\n/bin/treeling\n")
        .file(info + "zlib1g:amd64.list", "/.\n/lib\n/lib/libz.so.1\n")
        .file(info + "zlib1g:amd64.postinst")
        .file(info + "bash.list", "/bin/bash\n")
        .file("usr/lib/node_modules/npm/package.json", R"({"version": "1"})")
        .link("usr/bin/npm", "../lib/node_modules/npm/cli.js")
        .folder("usr/bin")
        .folder("usr/lib")
        .link("bin", "usr/bin")
        .link("lib", "usr/lib");

    EXPECT_EQ(owner("/usr/bin/tree"), "apt tree");
    EXPECT_EQ(owner("/usr/bin/treeling"), "apt tree");
    EXPECT_EQ(owner("/usr/bin/npm"), "npm npm");
    EXPECT_EQ(owner("/usr/bin"), "nobody");
    EXPECT_EQ(owner("/usr/lib/libz.so.1"), "apt zlib1g");
    EXPECT_EQ(owner("/var/lib/dpkg/info/zlib1g:amd64.postinst"), "apt zlib1g");
    EXPECT_EQ(owner("/usr/bin/bash"), "nobody");
}

TEST_F(OwnershipOfFiles, IsThatOfTheFolderForNpmAndKernels) {
    tree.file("usr/lib/node_modules/cowsay/package.json", R"({"version": "1.5.0"})")
        .file("usr/lib/node_modules/@a/b/package.json", R"({"version": "1.0.0"})")
        .link("usr/bin/cowsay", "../lib/node_modules/cowsay/cli.js")
        .link("usr/bin/b", "../lib/node_modules/@a/b/cli.js")
        .link("usr/bin/vi", "vim")
        .file("usr/local/share/jupyter/kernels/mine/kernel.json", R"({"argv": ["python"]})");

    EXPECT_EQ(owner("/usr/lib/node_modules/cowsay/deep/x.js"), "npm cowsay");
    EXPECT_EQ(owner("/usr/lib/node_modules/@a/b/x.js"), "npm @a/b");
    EXPECT_EQ(owner("/usr/lib/node_modules/@a/c"), "nobody");
    EXPECT_EQ(owner("/usr/bin/cowsay"), "npm cowsay");
    EXPECT_EQ(owner("/usr/bin/b"), "npm @a/b");
    EXPECT_EQ(owner("/usr/bin/vi"), "nobody");
    EXPECT_EQ(owner("/usr/local/share/jupyter/kernels/mine/logo.png"), "kernel mine");
}

}  // namespace
}  // namespace envkeep::packages

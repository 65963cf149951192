// SPDX-License-Identifier: MIT
#include "envkeep/packages/export.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace envkeep::packages {
namespace {

using ::testing::ElementsAre;

const Runtime debians{"python", "/usr/bin/python3.11", "3.11", ""};
constexpr const char* exported_site = "/usr/local/lib/python3.11/dist-packages";

Package of_pip(std::string name, std::string version) {
    return {.domain = Domain::python,
            .place = exported_site,
            .name = std::move(name),
            .version = std::move(version),
            .asked = Asked::asked_for,
            .installer = "pip"};
}

Inventory with(std::vector<Package> packages) {
    return {.base = {}, .packages = std::move(packages), .notes = {}};
}

std::string requirements(std::vector<Package> packages) {
    return export_requirements(with(std::move(packages)), debians, Scope::everything).text;
}

TEST(ExportRequirements, PinsWhatWasAskedFor) {
    Package dependency = of_pip("numpy", "1.26.0");
    dependency.asked = Asked::brought_along;
    Package debian = of_pip("six", "1.16");
    debian.installer = "debian";
    Package other = of_pip("other", "1");
    other.place = "/opt/conda/lib/python3.12/site-packages";

    EXPECT_EQ(requirements({of_pip("einops", "0.8.0"), dependency, debian, other}),
              "einops==0.8.0\n");
}

TEST(ExportRequirements, WritesEditableAndRepositoryInstallsAsPipWantsThem) {
    Package mine = of_pip("mine", "0.1");
    mine.is_editable = true;
    mine.url = "file:///notebooks/mine";
    Package theirs = of_pip("theirs", "1");
    theirs.url = "git+https://host/x.git#subdirectory=py";
    theirs.commit = "0123abc";
    Package both = of_pip("both", "1");
    both.is_editable = true;
    both.url = "git+https://host/y.git";
    both.commit = "ff";

    EXPECT_EQ(requirements({mine, theirs, both}),
              "-e file:///notebooks/mine\n"
              "-e git+https://host/y.git@ff#egg=both\n"
              "theirs @ git+https://host/x.git@0123abc#subdirectory=py\n");
}

TEST(ExportRequirements, NamesTheIndexOfALocalVersion) {
    EXPECT_EQ(requirements({of_pip("torch", "2.1.1+cu121")}),
              "--extra-index-url https://download.pytorch.org/whl/cu121\n"
              "torch==2.1.1+cu121\n");
    EXPECT_EQ(index_of_local_version("2.1+rocm5.6"), "https://download.pytorch.org/whl/rocm5.6");
    EXPECT_EQ(index_of_local_version("1+curious"), "");
    EXPECT_EQ(index_of_local_version("1.0"), "");
}

TEST(ExportRequirements, LeavesOutWhatWouldBreakTheLine) {
    Package odd = of_pip("odd", "1");
    odd.url = "https://host/a b\n--index-url evil";
    const Exported out = export_requirements(
        with({of_pip("--index-url", "1"), of_pip("a\nb", "1"), of_pip("c", ""), odd}),
        debians,
        Scope::everything);

    EXPECT_EQ(out.text, "");
    EXPECT_THAT(out.left_out,
                ElementsAre("--index-url: no name that pip takes",
                            "a\\x0ab: no name that pip takes",
                            "c: no version that pip takes",
                            "odd: no URL that pip takes"));
}

TEST(ExportRequirements, CanLeaveOutTheImages) {
    Package image = of_pip("numpy", "1");
    image.origin = Origin::image;
    Package session = of_pip("einops", "1");
    session.origin = Origin::session;

    EXPECT_EQ(export_requirements(with({image, session}), debians, Scope::session).text,
              "einops==1\n");
}

TEST(SitesOf, AreThoseThatTheInterpreterImportsFrom) {
    std::vector<Package> packages;
    for (const char* const place : {"/root/.local/lib/python3.11/site-packages",
                                    "/root/.local/lib/python3.9/site-packages",
                                    "/root/venv/lib/python3.11/site-packages",
                                    "/usr/lib/python3/dist-packages",
                                    exported_site}) {
        packages.push_back(of_pip("x", "1"));
        packages.back().place = place;
    }

    EXPECT_THAT(sites_of(with(packages), debians),
                ElementsAre("/root/.local/lib/python3.11/site-packages",
                            "/usr/lib/python3/dist-packages",
                            exported_site));
    EXPECT_THAT(sites_of(with(packages), {"python", "/root/venv/bin/python", "3.11", ""}),
                ElementsAre("/root/venv/lib/python3.11/site-packages"));
}

Package of_conda(std::string name, Asked asked) {
    return {.domain = Domain::conda,
            .place = "/opt/conda",
            .name = name,
            .version = "1.0",
            .build = "h0_0",
            .asked = asked,
            .url = "https://conda.anaconda.org/conda-forge/linux-64/" + name + "-1.0-h0_0.conda"};
}

TEST(ExportConda, GivesAnEnvironmentWithPipsPackages) {
    Package pip = of_pip("einops", "0.8.0");
    pip.place = "/opt/conda/lib/python3.11/site-packages";

    EXPECT_EQ(export_conda_environment(
                  with({pip, of_conda("a", Asked::asked_for), of_conda("b", Asked::brought_along)}),
                  "/opt/conda")
                  .text,
              "channels:\n  - conda-forge\ndependencies:\n  - a=1.0=h0_0\n"
              "  - pip\n  - pip:\n    - \"einops==0.8.0\"\n");
}

TEST(ExportConda, GivesADocumentForEachOfSeveralEnvironments) {
    Package other = of_conda("b", Asked::asked_for);
    other.place = "/opt/other";
    const Inventory one = with({of_conda("a", Asked::asked_for)});

    EXPECT_EQ(export_conda_environments(one).text,
              export_conda_environment(one, "/opt/conda").text);
    EXPECT_EQ(export_conda_environments(with({of_conda("a", Asked::asked_for), other})).text,
              "--- # /opt/conda\nchannels:\n  - conda-forge\ndependencies:\n  - a=1.0=h0_0\n"
              "--- # /opt/other\nchannels:\n  - conda-forge\ndependencies:\n  - b=1.0=h0_0\n");
}

TEST(ExportApt, GivesTheManualSet) {
    const Package htop{.domain = Domain::apt, .name = "htop", .asked = Asked::asked_for};
    const Package zlib{.domain = Domain::apt, .name = "zlib1g:i386", .asked = Asked::asked_for};
    const Package dependency{.domain = Domain::apt, .name = "x", .asked = Asked::brought_along};
    const Package odd{.domain = Domain::apt, .name = "-o x", .asked = Asked::asked_for};
    const Exported out = export_apt(with({htop, zlib, dependency, odd}), Scope::everything);

    EXPECT_EQ(out.text, "htop\nzlib1g:i386\n");
    EXPECT_THAT(out.left_out, ElementsAre("-o x: no name that apt takes"));
}

}  // namespace
}  // namespace envkeep::packages

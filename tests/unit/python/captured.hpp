// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/posix/inspector.hpp"
#include "envkeep/python/environment.hpp"
#include "envkeep/python/folders.hpp"
#include "support/temp_tree.hpp"

#include <gtest/gtest.h>

#include <string>

namespace envkeep::python {

// A captured machine: what stands below `tree` is its root.
class Captured : public ::testing::Test {
  protected:
    static constexpr const char* upstream_site = "";
    static constexpr const char* debian_site = "sitepackages.append(\"dist-packages\")\n";

    // An interpreter with its standard library, and `python3` as a link to it.
    void install(const std::string& prefix,
                 const std::string& version,
                 const std::string& site = upstream_site) {
        tree.file(prefix + "/bin/python" + version, "ELF", 0755)
            .file(prefix + "/lib/python" + version + "/os.py")
            .file(prefix + "/lib/python" + version + "/site.py", site.empty() ? "# site" : site)
            .folder(prefix + "/lib/python" + version + "/lib-dynload");
        if (!tree.exists(prefix + "/bin/python3")) {
            tree.link(prefix + "/bin/python3", "python" + version);
        }
    }

    [[nodiscard]] const posix::Inspector& machine() {
        machine_ = posix::Inspector::captured(tree.path()).value();
        return machine_;
    }

    [[nodiscard]] Environment environment(const std::string& program) {
        return Folders(machine()).environment_of(program);
    }

    testing::TempTree tree;

  private:
    posix::Inspector machine_;
};

}  // namespace envkeep::python

// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/packages/inventory.hpp"
#include "envkeep/posix/files.hpp"
#include "envkeep/posix/machine.hpp"
#include "support/temp_tree.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace envkeep::packages {

// A captured machine: what stands below `tree` is its root, /root the home.
class Captured : public ::testing::Test {
  protected:
    void variable(const std::string& name, const std::string& value) {
        variables_.push_back(name + "=" + value);
    }

    // A distribution as pip installs it, with RECORD and one module.
    void distribution(const std::string& site,
                      const std::string& name,
                      const std::string& version,
                      std::string_view installer = "pip") {
        const std::string info = site + "/" + name + "-" + version + ".dist-info";
        tree.file(info + "/METADATA",
                  "Metadata-Version: 2.1\nName: " + name + "\nVersion: " + version +
                      "\n\nVersion: in the text\n")
            .file(info + "/INSTALLER", std::string(installer) + "\n")
            .file(info + "/RECORD",
                  name + "/__init__.py,sha256=abc,4\n" + name + "-" + version +
                      ".dist-info/RECORD,,\n")
            .file(site + "/" + name + "/__init__.py", "x=1\n");
    }

    Inventory taken() { return taken({.home = "/root"}); }

    Inventory taken(const InventoryOptions& options) {
        auto files = posix::Files::captured(tree.path());
        auto pointers = variables();
        auto machine = posix::Machine::captured(tree.path(), pointers.data());
        auto inventory = take_inventory(options, files.value(), machine.value());
        return std::move(inventory).value();
    }

    std::vector<const char*> variables() const {
        std::vector<const char*> pointers;
        for (const std::string& one : variables_) {
            pointers.push_back(one.c_str());
        }
        pointers.push_back(nullptr);
        return pointers;
    }

    static Package named(const Inventory& inventory, Domain domain, std::string_view name) {
        for (const Package& package : inventory.packages) {
            if (package.domain == domain && package.name == name) {
                return package;
            }
        }
        ADD_FAILURE() << "there is no " << name;
        return {};
    }

    testing::TempTree tree;

  private:
    std::vector<std::string> variables_;
};

}  // namespace envkeep::packages

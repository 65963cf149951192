// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/engine/household.hpp"
#include "envkeep/engine/layers.hpp"
#include "envkeep/posix/files.hpp"
#include "envkeep/posix/machine.hpp"
#include "envkeep/posix/tree_content.hpp"
#include "envkeep/posix/tree_walker.hpp"
#include "envkeep/snapshot/layer_state.hpp"
#include "support/temp_tree.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace envkeep::testing {

// This machine, but for its processes: those that a test names are all there are in /proc.
class MachineOfATest final : public system::Machine {
  public:
    explicit MachineOfATest(const char* const* variables) : inner_(variables) {}

    bool is_in_pod = false;                        // process 1 is of another container
    std::map<std::string, std::string> processes;  // pid to command line, words ended by blanks

    std::optional<std::string> variable(std::string_view name) const override {
        return inner_.variable(name);
    }

    std::uint32_t effective_uid() const override { return inner_.effective_uid(); }

    std::optional<std::string> passwd_home(std::uint32_t uid) const override {
        return inner_.passwd_home(uid);
    }

    std::string host_name() const override { return inner_.host_name(); }

    unsigned cores() const override { return inner_.cores(); }

    Result<system::Container> container() const override { return inner_.container(); }

    std::optional<WallTime> started;  // the container, if not when it did

    Result<WallTime> container_start() const override {
        return started ? Result<WallTime>(*started) : inner_.container_start();
    }

    system::ProcessId self() const override { return inner_.self(); }

    bool is_alive(const system::ProcessId& process) const override {
        return inner_.is_alive(process);
    }

    std::optional<std::vector<system::Mount>> mounted;  // if not what is

    Result<std::vector<system::Mount>> mounts() const override {
        return mounted ? Result<std::vector<system::Mount>>(*mounted) : inner_.mounts();
    }

    Result<std::string> read_fact(const std::string& absolute, std::uint64_t limit) const override {
        for (const auto& [pid, line] : processes) {
            if (absolute == "/proc/" + pid + "/cmdline") {
                std::string words = line;
                for (char& byte : words) {
                    byte = byte == ' ' ? '\0' : byte;
                }
                return words;
            }
        }
        if (absolute == "/proc/1/mountinfo") {
            return is_in_pod ? Result<std::string>("1 1 0:1 / / rw - overlay pause rw\n")
                             : inner_.read_fact("/proc/self/mountinfo", limit);
        }
        return inner_.read_fact(absolute, limit);
    }

    bool exists(const std::string& absolute) const override { return inner_.exists(absolute); }

    std::vector<std::string> names_in(const std::string& absolute) const override {
        if (absolute != "/proc") {
            return inner_.names_in(absolute);
        }
        std::vector<std::string> pids;
        for (const auto& [pid, line] : processes) {
            pids.push_back(pid);
        }
        return pids;
    }

    Result<std::string> real_path(const std::string& absolute) const override {
        return inner_.real_path(absolute);
    }

    WallTime now() const override { return inner_.now(); }

    std::function<std::chrono::seconds()> ahead;  // of the clock, asked at each look; may be empty

    SteadyTime steady_now() const override {
        return inner_.steady_now() + (ahead ? ahead() : std::chrono::seconds(0));
    }

    std::string random_id() const override { return inner_.random_id(); }

  private:
    posix::Machine inner_;
};

// A home and a store on the real file system, in a session that has just begun. Of this machine
// itself nothing is captured.
class SessionOfATest : public ::testing::Test {
  protected:
    SessionOfATest() {
        tree.folder("home").folder("storage").file(
            "envkeep", "#!/bin/sh\n# envkeep program version: 0.1.0;\n", 0755);
    }

    void SetUp() override {
        begin_session();  // before init, which else lists what this machine's image brought
        ASSERT_TRUE(engine::init(world(), options(), {.template_name = "container"}, {}));
        write_manifest("");
        begin_session();
    }

    // `more` are lines of the section `snapshot:`.
    void write_manifest(const std::string& more) {
        tree.file("storage/envkeep/manifest.yaml",
                  "envkeep: 1\nkeep: []\nsnapshot:\n  exclude: [bin*, etc*, home*, lib*, opt*, "
                  "root*, sbin*, srv*, usr*, var*]\n" +
                      more);
    }

    void begin_session() {
        const system::RootId root = files.open_root(tree / "home").value();
        const WallTime now = snapshot::file_system_now(root, files, files).value();
        ASSERT_TRUE(snapshot::save_layer_state(root,
                                               {.container = machine.container().value(),
                                                .image = "image-of-a-test",
                                                .session_began = now,
                                                .image_until = now},
                                               files));
    }

    [[nodiscard]] engine::World world() {
        return {.files = files,
                .writer = &files,
                .machine = machine,
                .walker = walker,
                .trees = &trees,
                .tree_writer = &trees,
                .own_binary = tree / "envkeep"};
    }

    [[nodiscard]] engine::Options options() const {
        return {.store = tree / "storage", .home = tree / "home"};
    }

    [[nodiscard]] engine::Session session() {
        return engine::open_session(world(), options()).value();
    }

    Result<engine::SnapshotReport> take(const engine::SnapshotOptions& how = {},
                                        std::function<void(std::string_view)> phase = {}) {
        engine::Session now = session();
        return engine::take_snapshot(world(), now, how, {.phase = std::move(phase)});
    }

    [[nodiscard]] snapshot::LayerState state() {
        const engine::Session now = session();
        return snapshot::load_layer_state(now.home, now.container, files).value();
    }

    [[nodiscard]] std::size_t snapshots() {
        return engine::list_snapshots(world(), session()).value().list.snapshots.size();
    }

    // What pip leaves in the home.
    void install(const std::string& name) {
        const std::string site = "home/.local/lib/python3.11/site-packages/";
        tree.file(site + name + ".py", "x = 1\n")
            .file(site + name + "-1.0.dist-info/METADATA", "Name: " + name + "\nVersion: 1.0\n")
            .file(site + name + "-1.0.dist-info/RECORD", name + ".py,,\n");
    }

    TempTree tree;
    std::string home_variable = "HOME=" + (tree / "home");
    std::vector<const char*> variables{home_variable.c_str(), "PATH=/usr/bin:/bin", nullptr};
    posix::Files files;
    MachineOfATest machine{variables.data()};
    posix::TreeWalker walker{files};
    posix::TreeContent trees{files};
};

}  // namespace envkeep::testing

// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/keep/modes.hpp"
#include "envkeep/posix/tree_walker.hpp"
#include "save_world.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace envkeep::keep {

inline constexpr std::string_view private_key = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3Blbg\n";

// Plans of modes over a home and a store.
class ModesFixture : public ::testing::Test {
  protected:
    static auto finding(const std::string& id) {
        return ::testing::Field("id", &model::Finding::id, id);
    }

    ModesPlan plan() {
        world.files.forget_folders();
        context.home = world.home;
        auto planned = plan_modes(manifest, wanted, context, world.files, walker);
        EXPECT_TRUE(planned.has_value());
        return *std::move(planned);
    }

    void rule(std::string pattern, std::uint32_t mode) {
        manifest.modes.push_back({.pattern = std::move(pattern), .mode = mode, .mark = {}});
    }

    void keep(std::string_view path, Form form, manifest::Preset preset = manifest::Preset::none) {
        wanted.keeps.push_back(world.keep(path, form, preset));
    }

    // A link keep that stands as it should.
    void linked(std::string_view path, manifest::Preset preset = manifest::Preset::none) {
        keep(path, Form::link, preset);
        tree.link("home/" + std::string(path), tree / ("store/" + std::string(path)));
    }

    // "PATH below the tree: MODE" for each step.
    std::vector<std::string> changes(const ModesPlan& planned) {
        std::vector<std::string> all;
        for (const model::Step& step : planned.steps) {
            const auto& change = std::get<model::SetMode>(step.action);
            const std::string path = world.files.absolute(change.place);
            all.push_back(path.substr(tree.path().size() + 1) + ": " + octal_of(change.new_mode));
        }
        return all;
    }

    static std::string octal_of(std::uint32_t mode) {
        std::string text = "0000";
        for (std::size_t i = 4; i-- > 0; mode >>= 3U) {
            text[i] = static_cast<char>('0' + (mode & 7U));
        }
        return text;
    }

    void carry_out(const ModesPlan& planned) {
        for (const model::Step& step : planned.steps) {
            const auto& change = std::get<model::SetMode>(step.action);
            EXPECT_TRUE(world.files.set_mode(change.place, change.seen, change.new_mode));
        }
    }

    envkeep::testing::SaveWorld world;
    envkeep::testing::TempTree& tree = world.tree;
    posix::TreeWalker walker{world.files};
    manifest::Manifest manifest;
    Wanted wanted;
    ModesContext context;
};

}  // namespace envkeep::keep

// SPDX-License-Identifier: MIT
#pragma once

#include "keep/undo_compare.hpp"
#include "support/mounts.hpp"
#include "unit/keep/home_and_store.hpp"

#include <array>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

namespace envkeep::keep::testing {

enum class Home { plain, image, image_on_another_device };

// A home and a store with one keep of some kind in them, and the plan that restores it from
// whatever stands there now. An image's home is the lower layer of an overlay, as in a container.
class Scene {
  public:
    Scene(const std::string& parent, Home home, const std::string& kind)
        : tree_(parent), is_image_(home != Home::plain), kind_(kind) {
        tree_.folder("home").folder("store").folder("lower");
        if (home == Home::image_on_another_device) {
            lower_ = std::make_unique<envkeep::testing::ScopedMount>(
                envkeep::testing::ScopedMount::tmpfs(tree_ / "lower"));
        }
        fill();
        if (is_image_) {
            tree_.folder("upper").folder("work");
            overlay_ = std::make_unique<envkeep::testing::ScopedMount>(
                envkeep::testing::ScopedMount::overlay(
                    tree_ / "home", tree_ / "lower", tree_ / "upper", tree_ / "work"));
        }
    }

    [[nodiscard]] const std::string& path() const { return tree_.path(); }

    [[nodiscard]] envkeep::testing::TempTree& tree() { return tree_; }

    // All that the user has in home and store; the layers of an image show through the home.
    [[nodiscard]] std::multiset<std::string> belongings() const {
        std::multiset<std::string> all = belongings_in("home");
        all.merge(belongings_in("store"));
        return all;
    }

    [[nodiscard]] static model::Plan plan(HomeAndStore& world, const std::string& kind) {
        PlanOf plan;
        plan.group("~/." + kind);
        if (kind == "parent") {
            plan_folder(world, plan);
        } else if (kind == "copy" || kind == "copied_folder") {
            plan_copy(world, plan, ".keep");
        } else if (kind == "save") {
            plan_save(world, plan, ".keep");
        } else if (kind == "mode") {
            plan_mode(world, plan, ".keep");
        } else {
            plan_link(world, plan, ".keep");
        }
        return plan.get();
    }

    static void carry_out(const std::string& base, const std::string& kind) {
        HomeAndStore world(base);
        static_cast<void>(testing::carry_out(world, plan(world, kind)));
    }

    // True once there is nothing left to do.
    [[nodiscard]] bool is_restored() {
        HomeAndStore world(path());
        return plan(world, kind_).steps.empty();
    }

  private:
    [[nodiscard]] std::multiset<std::string> belongings_in(const std::string& folder) const {
        return testing::belongings(tree_ / folder, tree_ / "store");
    }

    void fill() {
        const std::string home = is_image_ ? "lower/" : "home/";
        tree_.file(home + "bystander", "of the image");
        const std::string keep = home + ".keep";
        if (kind_ == "seeded_folder") {
            tree_.file(keep + "/a", "a").file(keep + "/sub/deep/c", "c");
            tree_.link(keep + "/sub/link", "../a").fifo(keep + "/pipe");
        } else if (kind_ == "seeded_file") {
            tree_.file(keep, "of the home");
        } else if (kind_ == "same_file") {
            tree_.file(keep, "same").file("store/home/.keep", "same");
        } else if (kind_ == "merged_folder") {
            tree_.file(keep + "/both", "home").file(keep + "/mine/x", "only home");
            tree_.file("store/home/.keep/both", "store");
        } else if (kind_ == "foreign_link") {
            tree_.link(keep, "/somewhere/else").file("store/home/.keep", "store");
        } else if (kind_ == "older_link") {
            tree_.link(keep, tree_ / "store/older/.keep").file("store/home/.keep/a", "store");
        } else if (kind_ == "parent") {
            tree_.file(home + ".parent", "a file where a folder must be");
            tree_.link(home + ".linked", tree_ / "store/home/.linked");
            tree_.file("store/home/.linked/keep/a", "a").file("store/home/.parent/keep/b", "b");
        } else if (kind_ == "copy") {
            tree_.file(keep, "image").file("store/home/.keep", "store", 0600);
        } else if (kind_ == "copied_folder") {
            tree_.file(keep + "/key", "image").file(keep + "/sub/other", "image too");
            tree_.file("store/home/.keep/key", "store").link("store/home/.keep/l", "key");
        } else if (kind_ == "save") {
            tree_.file(keep, "ls\ncd").file("store/home/.keep", "ls");
        } else if (kind_ == "mode") {
            tree_.file(keep, "key", 0644);
        }
    }

    static system::Seen look(HomeAndStore& world, const system::Place& place) {
        return world.files.look(place).value_or(system::Seen{});  // absent behind a link
    }

    static void plan_link(HomeAndStore& world, PlanOf& plan, const std::string& path) {
        const system::Place place = world.at_home(path);
        const system::Place source = world.in_store("home/" + path);
        const std::string target = world.source("home/" + path);
        const system::Seen home = look(world, place);
        const system::Status store = look(world, source).status;
        if (home.status.kind == system::Kind::absent) {
            if (store.kind == system::Kind::absent) {
                plan.step(model::MakeFolder{.place = source});
            }
            plan.step(model::MakeLink{.place = place, .target = target});
        } else if (home.status.kind == system::Kind::link) {
            if (home.target != target) {
                plan.step(model::ReplaceLink{.place = place,
                                             .old_target = home.target,
                                             .new_target = target,
                                             .is_ours = home.target.starts_with(world.store_path)});
            }
        } else {
            seed(world, plan, place, source);
            plan.step(model::ReplaceByLink{.place = place, .seen = home.status, .target = target});
        }
    }

    static void seed(HomeAndStore& world,
                     PlanOf& plan,
                     const system::Place& place,
                     const system::Place& source) {
        const system::Status home = look(world, place).status;
        const system::Status store = look(world, source).status;
        if (store.kind == system::Kind::absent) {
            plan.step(model::Seed{.from = place, .to = source, .seen = home});
        } else if (store.kind == system::Kind::folder && home.kind == system::Kind::folder) {
            const std::vector<system::Entry> entries = world.files.list(place).value();
            for (const system::Entry& entry : entries) {
                if (entry.kind != system::Kind::other) {
                    seed(world, plan, place.child(entry.name), source.child(entry.name));
                }
            }
        }
    }

    static void plan_folder(HomeAndStore& world, PlanOf& plan) {
        for (const char* const path : {".parent", ".linked"}) {
            plan.group(path);
            const system::Place place = world.at_home(path);
            const system::Seen home = look(world, place);
            if (home.status.kind == system::Kind::link) {
                plan.step(model::ReplaceLinkByFolder{.place = place, .old_target = home.target});
            } else if (home.status.kind != system::Kind::folder) {
                if (home.status.kind == system::Kind::file) {
                    plan.step(model::MoveAside{.place = place, .seen = home.status});
                }
                plan.step(model::MakeFolder{.place = place});
            }
            plan_link(world, plan, std::string(path) + "/keep");
        }
    }

    static void plan_copy(HomeAndStore& world, PlanOf& plan, const std::string& path) {
        const system::Place place = world.at_home(path);
        const system::Place source = world.in_store("home/" + path);
        if (!is_held_by(source, place, world.files).value() ||
            !is_held_by(place, source, world.files).value()) {
            plan.step(
                model::CopyIn{.from = source, .to = place, .seen = look(world, place).status});
        }
    }

    static void plan_save(HomeAndStore& world, PlanOf& plan, const std::string& path) {
        const system::Place place = world.at_home(path);
        const system::Place source = world.in_store("home/" + path);
        if (!is_held_by(source, place, world.files).value()) {
            plan.step(model::CopyBack{.from = place,
                                      .to = source,
                                      .from_seen = look(world, place).status,
                                      .to_seen = look(world, source).status});
        }
    }

    static void plan_mode(HomeAndStore& world, PlanOf& plan, const std::string& path) {
        const system::Status seen = look(world, world.at_home(path)).status;
        if (seen.mode != 0600) {
            plan.step(model::SetMode{.place = world.at_home(path), .seen = seen, .new_mode = 0600});
        }
    }

    envkeep::testing::TempTree tree_;
    bool is_image_;
    std::string kind_;
    std::unique_ptr<envkeep::testing::ScopedMount> lower_;
    std::unique_ptr<envkeep::testing::ScopedMount> overlay_;
};

inline const std::vector<std::string>& scene_kinds() {
    static const std::vector<std::string> kinds{"new",
                                                "seeded_folder",
                                                "seeded_file",
                                                "same_file",
                                                "merged_folder",
                                                "foreign_link",
                                                "older_link",
                                                "parent",
                                                "copy",
                                                "copied_folder",
                                                "save",
                                                "mode"};
    return kinds;
}

inline std::string name_of_scene(
    const ::testing::TestParamInfo<std::tuple<Home, std::string>>& info) {
    static constexpr std::array homes{"plain", "image", "image_on_another_device"};
    return std::string(homes.at(static_cast<std::size_t>(std::get<0>(info.param)))) + "_" +
           std::get<1>(info.param);
}

}  // namespace envkeep::keep::testing

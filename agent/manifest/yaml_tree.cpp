// SPDX-License-Identifier: MIT
#include "manifest/yaml_tree.hpp"

namespace envkeep::manifest {
namespace {

// The indices of the nodes just below `parent`.
std::vector<std::uint32_t> below(const Tree& tree, std::uint32_t parent) {
    std::vector<std::uint32_t> found;
    for (std::uint32_t at = parent + 1; at < tree.nodes[parent].end; at = tree.nodes[at].end) {
        found.push_back(at);
    }
    return found;
}

bool is_container(const TreeNode& node) {
    return !node.is_alias && (node.kind == NodeKind::list || node.kind == NodeKind::map);
}

void cut_at(Tree& tree, std::uint32_t index) {
    tree.nodes.resize(index);
    for (TreeNode& node : tree.nodes) {
        node.end = std::min(node.end, index);
    }
}

}  // namespace

std::optional<Value> Tree::root() const {
    if (nodes.empty()) {
        return std::nullopt;
    }
    return Value(*this, 0);
}

std::string_view Value::text() const {
    const TreeNode& node = meant();
    if (node.kind != NodeKind::text) {
        return {};
    }
    const std::string_view all =
        node.is_decoded ? std::string_view(tree_->decoded) : tree_->source->text();
    return all.substr(node.begin, node.length);
}

std::vector<Value> Value::children() const {
    std::vector<Value> found;
    for_each([&](Value child) { found.push_back(child); });
    return found;
}

std::optional<Value> Value::find(std::string_view key) const {
    if (!is_map()) {
        return std::nullopt;
    }
    const std::vector<Value> fields = children();
    for (std::size_t i = 0; i + 1 < fields.size(); i += 2) {
        if (fields[i].is_text() && fields[i].text() == key) {
            return fields[i + 1];
        }
    }
    return std::nullopt;
}

void drop_last_entry(Tree& tree) {
    if (tree.nodes.empty()) {
        return;
    }
    const std::vector<std::uint32_t> top = below(tree, 0);
    if (tree.nodes[0].kind != NodeKind::map || top.size() < 2) {
        tree.nodes.clear();
        return;
    }
    if (top.size() % 2 != 0) {
        cut_at(tree, top.back());
        return;
    }
    const std::uint32_t section = top.back();
    const std::vector<std::uint32_t> entries = below(tree, section);
    if (!is_container(tree.nodes[section]) || entries.empty()) {
        cut_at(tree, top[top.size() - 2]);
        return;
    }
    const bool has_pairs = tree.nodes[section].kind == NodeKind::map;
    const std::size_t keep = has_pairs ? (entries.size() - 1) / 2 * 2 : entries.size() - 1;
    cut_at(tree, entries[keep]);
}

}  // namespace envkeep::manifest

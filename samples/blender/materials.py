"""Procedural surfaces: plastics, glass, metal, paper, wood, cloth and leather.

No picture files are used; printed artwork comes in as a generated image.
"""

from __future__ import annotations

from collections.abc import Sequence

import bpy

Colour = tuple[float, float, float]


def _new(name: str) -> tuple[bpy.types.Material, bpy.types.NodeTree, bpy.types.Node]:
    material = bpy.data.materials.new(name)
    material.use_nodes = True
    tree = material.node_tree
    return material, tree, tree.nodes["Principled BSDF"]


def _node(tree: bpy.types.NodeTree, kind: str, **inputs: object) -> bpy.types.Node:
    node = tree.nodes.new(f"ShaderNode{kind}")
    for key, value in inputs.items():
        node.inputs[key.replace("_", " ")].default_value = value
    return node


def _coordinates(
    tree: bpy.types.NodeTree, scale: Sequence[float], shift: Sequence[float] = (0, 0, 0)
) -> bpy.types.NodeSocket:
    """Object coordinates stretched by `scale` and moved by `shift`."""
    source = tree.nodes.new("ShaderNodeTexCoord")
    mapping = _node(tree, "Mapping", Scale=tuple(scale), Location=tuple(shift))
    tree.links.new(source.outputs["Object"], mapping.inputs["Vector"])
    return mapping.outputs["Vector"]


def _bump(
    tree: bpy.types.NodeTree,
    shader: bpy.types.Node,
    height: bpy.types.NodeSocket,
    strength: float,
    distance: float,
) -> None:
    bump = _node(tree, "Bump", Strength=strength, Distance=distance)
    tree.links.new(height, bump.inputs["Height"])
    tree.links.new(bump.outputs["Normal"], shader.inputs["Normal"])


def _ramp(
    tree: bpy.types.NodeTree, factor: bpy.types.NodeSocket, low: Colour, high: Colour
) -> bpy.types.NodeSocket:
    ramp = tree.nodes.new("ShaderNodeValToRGB")
    ramp.color_ramp.elements[0].color = (*low, 1)
    ramp.color_ramp.elements[1].color = (*high, 1)
    tree.links.new(factor, ramp.inputs["Fac"])
    return ramp.outputs["Color"]


def plain(
    name: str, colour: Colour, roughness: float, metallic: float = 0.0, coat: float = 0.0
) -> bpy.types.Material:
    """One colour: plastic, glaze, rubber or metal."""
    material, _, shader = _new(name)
    shader.inputs["Base Color"].default_value = (*colour, 1)
    shader.inputs["Roughness"].default_value = roughness
    shader.inputs["Metallic"].default_value = metallic
    shader.inputs["Coat Weight"].default_value = coat
    return material


def mottled(
    name: str,
    low: Colour,
    high: Colour,
    roughness: float,
    scale: float,
    bump: float = 0.0,
    detail: float = 4.0,
) -> bpy.types.Material:
    """Two tones mixed by noise: paper, plaster, felt, speckled glaze."""
    material, tree, shader = _new(name)
    noise = _node(tree, "TexNoise", Scale=scale, Detail=detail)
    tree.links.new(_coordinates(tree, (1, 1, 1)), noise.inputs["Vector"])
    tree.links.new(_ramp(tree, noise.outputs["Fac"], low, high), shader.inputs["Base Color"])
    shader.inputs["Roughness"].default_value = roughness
    if bump:
        _bump(tree, shader, noise.outputs["Fac"], bump, 0.05)
    return material


def speckled(name: str, base: Colour, speck: Colour, roughness: float) -> bpy.types.Material:
    """Stoneware glaze with small dark specks."""
    material, tree, shader = _new(name)
    cells = _node(tree, "TexVoronoi", Scale=14.0)
    tree.links.new(_coordinates(tree, (1, 1, 1)), cells.inputs["Vector"])
    ramp = tree.nodes.new("ShaderNodeValToRGB")
    ramp.color_ramp.elements[0].color, ramp.color_ramp.elements[1].color = (*speck, 1), (*base, 1)
    ramp.color_ramp.elements[0].position, ramp.color_ramp.elements[1].position = 0.10, 0.16
    tree.links.new(cells.outputs["Distance"], ramp.inputs["Fac"])
    tree.links.new(ramp.outputs["Color"], shader.inputs["Base Color"])
    shader.inputs["Roughness"].default_value = roughness
    return material


def printed(
    name: str,
    image: bpy.types.Image,
    roughness: float,
    relief: bpy.types.Image | None = None,
    fibre: float = 0.0,
) -> bpy.types.Material:
    """Artwork on the object's UVs, optionally with a relief image or a fine fabric grain."""
    material, tree, shader = _new(name)
    artwork = tree.nodes.new("ShaderNodeTexImage")
    artwork.image, artwork.extension = image, "EXTEND"
    tree.links.new(artwork.outputs["Color"], shader.inputs["Base Color"])
    shader.inputs["Roughness"].default_value = roughness
    if relief is not None:
        height = tree.nodes.new("ShaderNodeTexImage")
        height.image, height.extension = relief, "EXTEND"
        _bump(tree, shader, height.outputs["Color"], 0.9, 0.02)
    elif fibre:
        noise = _node(tree, "TexNoise", Scale=60.0, Detail=3.0)
        tree.links.new(_coordinates(tree, (1, 1, 1)), noise.inputs["Vector"])
        _bump(tree, shader, noise.outputs["Fac"], fibre, 0.02)
    return material


def glass(name: str, tint: Colour = (1, 1, 1), roughness: float = 0.0) -> bpy.types.Material:
    """Clear glass whose shadow lets light through, so that few samples suffice."""
    material, tree, shader = _new(name)
    shader.inputs["Base Color"].default_value = (*tint, 1)
    shader.inputs["Roughness"].default_value = roughness
    shader.inputs["Transmission Weight"].default_value = 1.0
    shader.inputs["IOR"].default_value = 1.5
    clear = _node(tree, "BsdfTransparent", Color=(0.8, 0.83, 0.83, 1))
    path, mix = tree.nodes.new("ShaderNodeLightPath"), tree.nodes.new("ShaderNodeMixShader")
    tree.links.new(path.outputs["Is Shadow Ray"], mix.inputs["Fac"])
    tree.links.new(shader.outputs["BSDF"], mix.inputs[1])
    tree.links.new(clear.outputs["BSDF"], mix.inputs[2])
    tree.links.new(mix.outputs["Shader"], tree.nodes["Material Output"].inputs["Surface"])
    return material


def wood(name: str, low: Colour, high: Colour, plank: float = 2.4) -> bpy.types.Material:
    """Planks along X: stretched noise for the grain, a brick pattern for board to board tone."""
    material, tree, shader = _new(name)
    grain = _node(tree, "TexNoise", Scale=1.0, Detail=8.0, Roughness=0.65, Distortion=0.6)
    tree.links.new(_coordinates(tree, (0.35, 5.0, 5.0)), grain.inputs["Vector"])
    fine = _node(tree, "TexNoise", Scale=1.0, Detail=3.0)
    tree.links.new(_coordinates(tree, (2.0, 60.0, 60.0)), fine.inputs["Vector"])
    boards = _node(tree, "TexBrick", Scale=1.0, Mortar_Size=0.012, Brick_Width=18.0)
    boards.offset = 0.37
    boards.inputs["Row Height"].default_value = plank
    boards.inputs["Color1"].default_value = (1, 1, 1, 1)
    boards.inputs["Color2"].default_value = (0.72, 0.72, 0.72, 1)
    boards.inputs["Mortar"].default_value = (0.12, 0.1, 0.09, 1)
    tree.links.new(_coordinates(tree, (1, 1, 1), (7, 1.1, 0)), boards.inputs["Vector"])
    blend = tree.nodes.new("ShaderNodeMath")
    blend.operation, blend.inputs[1].default_value = "MULTIPLY_ADD", 0.35
    tree.links.new(fine.outputs["Fac"], blend.inputs[0])
    shifted = tree.nodes.new("ShaderNodeMath")
    shifted.operation, shifted.inputs[1].default_value = "SUBTRACT", 0.17
    tree.links.new(grain.outputs["Fac"], shifted.inputs[0])
    tree.links.new(shifted.outputs[0], blend.inputs[2])
    ramp = tree.nodes.new("ShaderNodeValToRGB")
    ramp.color_ramp.elements[0].color, ramp.color_ramp.elements[1].color = (*low, 1), (*high, 1)
    ramp.color_ramp.elements[0].position, ramp.color_ramp.elements[1].position = 0.3, 0.68
    tree.links.new(blend.outputs[0], ramp.inputs["Fac"])
    tone = tree.nodes.new("ShaderNodeMix")
    tone.data_type, tone.blend_type = "RGBA", "MULTIPLY"
    tone.inputs[0].default_value = 1.0
    tree.links.new(ramp.outputs["Color"], tone.inputs[6])
    tree.links.new(boards.outputs["Color"], tone.inputs[7])
    tree.links.new(tone.outputs[2], shader.inputs["Base Color"])
    shader.inputs["Roughness"].default_value = 0.48
    _bump(tree, shader, blend.outputs[0], 0.25, 0.02)
    return material


def weave(name: str, low: Colour, high: Colour, threads: float) -> bpy.types.Material:
    """Plain weave: warp and weft waves multiplied, with uneven dye."""
    material, tree, shader = _new(name)
    vector = _coordinates(tree, (1, 1, 1))
    waves = []
    for axis in ("X", "Y"):
        wave = _node(tree, "TexWave", Scale=threads, Distortion=1.2, Detail=2.0)
        wave.bands_direction = axis
        tree.links.new(vector, wave.inputs["Vector"])
        waves.append(wave)
    product = tree.nodes.new("ShaderNodeMath")
    product.operation = "ADD"
    for slot, wave in enumerate(waves):
        tree.links.new(wave.outputs["Fac"], product.inputs[slot])
    half = tree.nodes.new("ShaderNodeMath")
    half.operation, half.inputs[1].default_value = "MULTIPLY", 0.5
    tree.links.new(product.outputs[0], half.inputs[0])
    tree.links.new(_ramp(tree, half.outputs[0], low, high), shader.inputs["Base Color"])
    shader.inputs["Roughness"].default_value = 0.9
    shader.inputs["Sheen Weight"].default_value = 0.15
    _bump(tree, shader, half.outputs[0], 0.5, 0.03)
    return material


def leather(name: str, low: Colour, high: Colour) -> bpy.types.Material:
    """Pebbled leather: cell bump and a slow change of tone."""
    material, tree, shader = _new(name)
    vector = _coordinates(tree, (1, 1, 1))
    tone = _node(tree, "TexNoise", Scale=1.6, Detail=5.0)
    pebble = _node(tree, "TexVoronoi", Scale=48.0)
    for node in (tone, pebble):
        tree.links.new(vector, node.inputs["Vector"])
    tree.links.new(_ramp(tree, tone.outputs["Fac"], low, high), shader.inputs["Base Color"])
    shader.inputs["Roughness"].default_value = 0.42
    _bump(tree, shader, pebble.outputs["Distance"], 0.22, 0.018)
    return material


def backdrop(
    name: str, low: Colour, high: Colour, scale: float, strength: float
) -> bpy.types.Material:
    """A glowing, blotchy far view that stands in for the outdoors."""
    material, tree, shader = _new(name)
    noise = _node(tree, "TexNoise", Scale=scale, Detail=3.0)
    tree.links.new(_coordinates(tree, (1, 1, 1)), noise.inputs["Vector"])
    ramp = tree.nodes.new("ShaderNodeValToRGB")
    ramp.color_ramp.elements[0].color, ramp.color_ramp.elements[1].color = (*low, 1), (*high, 1)
    ramp.color_ramp.elements[0].position, ramp.color_ramp.elements[1].position = 0.4, 0.66
    tree.links.new(noise.outputs["Fac"], ramp.inputs["Fac"])
    tree.links.new(ramp.outputs["Color"], shader.inputs["Emission Color"])
    shader.inputs["Base Color"].default_value = (0, 0, 0, 1)
    shader.inputs["Emission Strength"].default_value = strength
    return material

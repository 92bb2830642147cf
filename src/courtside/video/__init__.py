"""The video room: facts, exact times, upright pictures, cuts, camera motion, and writing."""

from courtside.video.decode import Damage
from courtside.video.encoder import ENCODERS, check_encoder
from courtside.video.motion import camera_motion, reduced_gray
from courtside.video.planes import Planes, image_of, matrix_of, planes_of
from courtside.video.probe import VideoFacts, hash_file, probe
from courtside.video.read import Frame, Position, Reader, read
from courtside.video.write import VideoWriter

__all__ = [
    "ENCODERS",
    "Damage",
    "Frame",
    "Planes",
    "Position",
    "Reader",
    "VideoFacts",
    "VideoWriter",
    "camera_motion",
    "check_encoder",
    "hash_file",
    "image_of",
    "matrix_of",
    "planes_of",
    "probe",
    "read",
    "reduced_gray",
]
